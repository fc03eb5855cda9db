// What a program calls itself, as people know it: browsers claim to be each other, so the order matters.
const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome"], ["Version", "Safari"]];
const SYSTEMS = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]];
const LONGEST = 60;

/** `Firefox 140 · Windows`; whatever is no browser stays as it calls itself. */
export function program(agent) {
  const browser = BROWSERS.map(([mark, name]) => [name, agent.match(new RegExp(`${mark}/(\\d+)`))?.[1]]).find(([, version]) => version);
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  if (!browser) return agent.slice(0, LONGEST) || "–";
  return [browser.join(" "), system].filter(Boolean).join(" · ");
}
