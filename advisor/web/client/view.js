// What is seen: small helpers, the line of notice, dialogs.
const $ = (selector, root = element) => root.querySelector(selector);
const $$ = (selector, root = element) => [...root.querySelectorAll(selector)];
const WIDE = '(min-width: 62.5em)'; // room for a margin, as in the style sheets
const GONE = 'The server cannot be reached. Start it again, or wait; nothing that is kept here is lost.';
const RETRY = 3000; // ms after which it is tried again
const isWide = () => matchMedia(WIDE).matches;

function say(text) { $('.said').textContent = text; }

/** A line that stays in sight under the masthead, or in the dialog that covers it; "" takes it away. */
function notice(text, kind = '') {
  const place = $('.notice');
  if ($('.notice-text').textContent !== text) $('.notice-text').textContent = text;
  place.className = `notice ${kind}`;
  place.hidden = !text;
  placeNotice();
}

function placeNotice() {
  const dialog = $$('dialog[open]').at(-1);
  const above = $(':scope > header', dialog || $('.page')) || $('p', dialog);
  if (above.nextElementSibling !== $('.notice')) above.after($('.notice'));
}

function problem(text) { notice(text, 'problem'); }

/** Calls the server: its answer, or null where it cannot be reached; what it refuses is shown by `refused`. */
async function call(name, data, refused = problem) {
  let reply = null;
  try { reply = await server[name](data); } catch { /* cannot be reached */ }
  if (reply && !reply.error) {
    if ($('.notice-text').textContent === GONE) notice('');
    return reply;
  }
  refused(reply ? reply.error : refusal || GONE);
  return null;
}

/** Makes the children of `old` those of `fresh`; what is equal stays, and with it focus and what is opened. */
function morph(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, at) => {
    const mine = before[at];
    if (!mine) old.append(node);
    else if (mine.isEqualNode(node)) return;
    else if (mine.nodeType !== 1 || mine.tagName !== node.tagName) mine.replaceWith(node);
    else {
      for (const { name } of [...mine.attributes]) if (!node.hasAttribute(name) && name !== 'open') mine.removeAttribute(name);
      for (const { name, value } of node.attributes) mine.setAttribute(name, value);
      morph(mine, node);
    }
  });
  before.slice(after.length).forEach((node) => node.remove());
}

/** An element of some class with texts and elements in it. */
function made(tag, name, ...inside) {
  const one = document.createElement(tag);
  if (name) one.className = name;
  one.append(...inside.filter(Boolean));
  return one;
}

function fill(place, html) {
  const fresh = document.createElement('template');
  fresh.innerHTML = html;
  morph(place, fresh.content);
}

/** Opens a dialog over the page. The browser's Back will close it: an entry of the history is kept for that. */
function over(dialog) {
  if (dialog.open) return;
  hideCard();
  if (!history.state?.spare) history.pushState({ spare: true }, '');
  dialog.showModal();
}

/** Asks before something is lost; `act` runs on yes. */
function confirmed(text, yes, act) {
  const dialog = $('.confirm');
  $('#confirm-text', dialog).textContent = text;
  const button = $('.yes', dialog);
  button.textContent = yes;
  button.onclick = () => { dialog.close(); act(); };
  over(dialog);
}

async function copy(text, done) {
  try { await navigator.clipboard.writeText(text); } catch {
    const box = document.createElement('textarea'); // a page that is not served from this machine has no clipboard
    box.value = text;
    element.append(box);
    box.select();
    document.execCommand('copy');
    box.remove();
  }
  say(done);
  return done;
}

function download(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
