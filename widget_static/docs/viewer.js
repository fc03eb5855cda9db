// Follows the system's light or dark, before the viewer draws itself.
const dark = matchMedia('(prefers-color-scheme: dark)');
const viewer = document.getElementById('viewer');
const colours = {
  light: { 'bg-color': '#ffffff', 'text-color': '#1f2933', 'nav-bg-color': '#f4f6f8', 'nav-text-color': '#1f2933', 'primary-color': '#0b6b4f' },
  dark: { 'bg-color': '#14181c', 'text-color': '#dfe5ea', 'nav-bg-color': '#1b2127', 'nav-text-color': '#dfe5ea', 'primary-color': '#5cc9a3' },
};

function follow() {
  const theme = dark.matches ? 'dark' : 'light';
  viewer.setAttribute('theme', theme);
  for (const [name, value] of Object.entries(colours[theme])) viewer.setAttribute(name, value);
}

follow();
dark.addEventListener('change', follow);
await import('/api/docs/rapidoc-min.js');
