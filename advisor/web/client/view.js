// What is seen: small helpers, the card at a citation, the panel of sources, dialogs.
const $ = (selector, root = element) => root.querySelector(selector);
const $$ = (selector, root = element) => [...root.querySelectorAll(selector)];
const WIDE = '(min-width: 62.5em)'; // room for a margin, as in the style sheets
const isWide = () => matchMedia(WIDE).matches;

function say(text) { $('.said').textContent = text; }

function notice(text) {
  const place = $('.notice');
  place.textContent = text;
  place.hidden = !text;
}

/** Calls the server: its answer, or null where it cannot be reached; what it refuses is shown by `refused`. */
async function call(name, data, refused = notice) {
  let reply = null;
  try { reply = await server[name](data); } catch { /* cannot be reached */ }
  if (reply?.error) { refused(reply.error); return null; }
  if (!reply) refused('The server cannot be reached. Start it again, or wait; nothing that is kept here is lost.');
  return reply ?? null;
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

function fill(place, html) {
  const fresh = document.createElement('template');
  fresh.innerHTML = html;
  morph(place, fresh.content);
}

// The card: a citation's quote and publisher, while the mark is hovered or focused.
function showCard(mark) {
  const place = mark.getAttribute('href').slice(1);
  const quoted = $$(`mark[data-quote="${place}"]`);
  if (!quoted.length) return;
  const card = $('.card');
  const who = document.createElement('strong');
  who.textContent = quoted[0].dataset.who;
  const quote = document.createElement('q');
  quote.textContent = quoted.map((part) => part.textContent.slice(part.querySelector('.number')?.textContent.length || 0)).join(' ');
  card.replaceChildren(who, quote);
  card.hidden = false;
  const at = mark.getBoundingClientRect();
  const box = card.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.width - 8));
  const isRoom = at.bottom + box.height + 8 < innerHeight;
  card.style.left = `${left}px`;
  card.style.top = `${isRoom ? at.bottom + 4 : Math.max(8, at.top - box.height - 4)}px`;
  mark.setAttribute('aria-describedby', card.id);
}

function hideCard() {
  $('.card').hidden = true;
  $$('.cite[aria-describedby]').forEach((mark) => mark.removeAttribute('aria-describedby'));
}

/** Opens a dialog over the page. The browser's Back will close it: an entry of the history is kept for that. */
function over(dialog) {
  if (dialog.open) return;
  hideCard();
  if (!history.state?.spare) history.pushState({ spare: true }, '');
  dialog.showModal();
}

// The panel of sources: beside the answer where there is room, else a sheet from below.
let home = null; // the turn that the sheet's panel belongs to

function openPanel(turn) {
  const panel = $('.sources', turn);
  if (!panel) return null;
  if (!isWide()) {
    home = turn;
    $('.sheet .content').append(panel);
    over($('.sheet'));
  }
  return panel;
}

function closePanel() {
  const panel = $('.sheet .sources');
  if (panel && home) home.append(panel);
  home = null;
}

/** Opens the panel at a quote; `place` is its element's id. */
function openQuote(turn, place) {
  hideCard();
  const panel = openPanel(turn);
  const quoted = panel ? $$(`mark[data-quote="${place}"]`, panel) : [];
  $$('mark.open').forEach((mark) => mark.classList.remove('open'));
  quoted.forEach((mark) => mark.classList.add('open'));
  if (!quoted.length) return;
  quoted[0].focus({ preventScroll: true });
  quoted[0].scrollIntoView({ block: isWide() ? 'nearest' : 'center' });
}

async function readArticle({ article, start, end }) {
  const reply = await call('article', { id: article, start, end });
  if (!reply) return;
  const reader = $('.reader');
  $('.content', reader).innerHTML = reply.html;
  over(reader);
  ($('mark', reader) || $('.content', reader)).scrollIntoView({ block: $('mark', reader) ? 'center' : 'start' });
  $('.content', reader).focus({ preventScroll: true });
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
