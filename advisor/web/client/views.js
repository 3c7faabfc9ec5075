// Chat, library and differences: what each shows first, where each was left, the way between them.
let limits = {};
let first = null; // what the server says of itself
const left = { chat: 0, library: 0, differences: 0 }; // how far each was scrolled when it was left; null: to the last turn

history.scrollRestoration = 'manual'; // a view's place is restored once it is there
addEventListener('popstate', () => {
  $$('dialog[open]').forEach((dialog) => dialog.close());
  showView(viewAsked(), false);
});

function viewNow() { return $('.page').dataset.view; }
function viewAsked() {
  const name = location.hash.slice(1);
  return name in left ? name : 'chat';
}

/** Shows a view as it was left; the browser's Back leads out of one that was gone to. */
function showView(name, isGoneTo = true) {
  if (name !== viewNow()) {
    left[viewNow()] = scrollY;
    if (isGoneTo) keepWay(name);
    turnTo(name);
  }
  if (name === 'library') showLibrary();
  if (name === 'differences') showDifferences();
}

function keepWay(name) {
  const address = name === 'chat' ? location.pathname + location.search : `#${name}`;
  if (history.state?.spare) history.replaceState({}, '', address); // the entry of a dialog that is closed
  else history.pushState({}, '', address);
}

function turnTo(name) {
  $('.page').dataset.view = name;
  Object.keys(left).forEach((view) => { $(`.page > .${view}`).hidden = view !== name; });
  $$('.views button').forEach((button) => {
    if (button.dataset.view === name) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  });
  if (left[name] === null) $('.log').lastElementChild?.scrollIntoView(); else scrollTo(0, left[name]);
}

/** Scrolls the chat to a place, or will once it is shown; null: to its last turn. */
function placeChat(place) {
  left.chat = place;
  if (viewNow() === 'chat') turnTo('chat');
}

/** What the server says of itself; while it opens the library, or cannot be reached, asked again. */
async function refresh() {
  const reply = await call('start', {}, (why) => { if (!first) opening(why, true); });
  if (!reply) { if (!first) setTimeout(refresh, RETRY); return; }
  $('.state').textContent = reply.state;
  if (!reply.ready) {
    opening(reply.state);
    setTimeout(refresh, 200);
    return;
  }
  opening('');
  first = reply;
  document.title = $('.masthead h1').textContent = reply.name;
  $('[data-do=sign-out]').hidden = !reply.isSignedIn;
  showModels(reply.model);
  limits = reply.limits;
  if (!chat.turns.length) welcome();
}

/** What the library is at before it can be asked, above whatever conversation is kept; "" once it can be. */
function opening(text, isProblem = false) {
  const place = $('.chat > .opening');
  place.hidden = !text;
  place.classList.toggle('problem', isProblem);
  if (place.textContent !== text) place.textContent = text;
}

function welcome() {
  if (first) fill($('.log'), first.welcome);
}
