// What this browser keeps. Each conversation has a key of its own, so that two tabs do not overwrite each other's.
const PREFIX = 'career-advisor/';

function load(name) {
  try { return JSON.parse(localStorage.getItem(PREFIX + name)); } catch { return null; }
}

/** Whether the value was kept: storage may be full, or forbidden. */
function save(name, value) {
  try { localStorage.setItem(PREFIX + name, JSON.stringify(value)); return true; } catch { return false; }
}

function drop(name) {
  try { localStorage.removeItem(PREFIX + name); } catch { /* forbidden: then nothing was kept either */ }
}

/** What outlives a reload and is no other tab's business: which conversation is open, what is half typed. */
function recall(name) { try { return sessionStorage.getItem(PREFIX + name); } catch { return null; } }
function remember(name, text) { try { sessionStorage.setItem(PREFIX + name, text); } catch { /* then a reload begins anew */ } }

/** The kept conversations, the latest first. */
function conversations() {
  let names = [];
  try { names = Object.keys(localStorage); } catch { /* forbidden */ }
  const kept = names.filter((name) => name.startsWith(PREFIX + 'chat/')).map((name) => load(name.slice(PREFIX.length)));
  return kept.filter((one) => one && Array.isArray(one.turns)).sort((a, b) => b.at - a.at);
}

function freshId() {
  return Date.now().toString(36) + Math.random().toString(36).slice(2, 8);
}

/** Who asks, as one line for the advisor; "" where nothing was told. */
function profile() {
  const about = load('about') || {};
  return [
    about.background && `Background: ${about.background}.`,
    about.experience && `Experience: ${about.experience}.`,
    about.goal && `Goal: ${about.goal}.`,
  ].filter(Boolean).join(' ');
}
