// The last step of a sign-in, in the window in which it happened: the proof of it goes to the page that opened this
// window, and only if that page is ours; where there is no way back to it, the person carries a code over by hand.

const sid = new URLSearchParams(location.search).get("sid");

async function proof(short) {
  const answer = await fetch("proof", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sid, short }),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail);
  return told.proof;
}

function say(title, words) {
  document.getElementById("title").textContent = title;
  document.getElementById("words").textContent = words;
}

function show(code) {
  const place = document.getElementById("code");
  place.firstElementChild.textContent = code;
  place.hidden = false;
  say(
    "Your code",
    "Type it into the panel in which you began to sign in, within two minutes. Tell it to nobody.",
  );
}

/** Whether the panel itself opened this window: Genesys may have, on its behalf, and a login may have cut the way. */
function ours(opener) {
  try {
    return opener !== null && !opener.closed && opener.location.origin === location.origin;
  } catch {
    return false; // of another origin
  }
}

async function finish() {
  const opener = window.opener;
  if (!ours(opener)) return show(await proof(true));
  // Exactly our own origin: whatever else has opened this window is told nothing.
  opener.postMessage({ type: "wa-auth", sid, proof: await proof(false) }, location.origin);
  say("You are signed in", "You can close this window.");
  window.close();
}

finish().catch((error) => say("That did not work", error.message));
