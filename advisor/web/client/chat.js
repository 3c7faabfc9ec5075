// The conversation that is open: asking, stopping, asking again, judging.
// What is read out of an answer: its pieces, and what says whose they are or what they are of.
const SPOKEN = '.piece, .differ summary, .side .publisher, .compared :is(th, td)';
const SILENT = 3000; // ms without news after which the server is asked whether it still answers
const REMEMBERED = 10; // turns that go along with a question
let chat = null; // {id, title, at, turns: [{key, turn, rated}]}
let asking = null; // {id, entry, heard, misses, timer}

function emptyChat() { return { id: freshId(), title: '', at: Date.now(), turns: [] }; }

function keep() {
  chat.at = Date.now();
  const isKept = save('chat/' + chat.id, chat);
  remember('open', chat.id);
  notice(isKept ? '' : 'This browser has no room left, so this conversation is not kept. Delete or export older ones under History.');
}

function turnOf(node) { return node.closest('.turn'); }
function entryOf(node) { return chat.turns.find((entry) => entry.key === turnOf(node)?.id); }

function place(entry) {
  let turn = document.getElementById(entry.key);
  if (!turn) {
    turn = document.createElement('article');
    turn.id = entry.key;
    turn.setAttribute('aria-labelledby', entry.key + '-question');
    $('.log').append(turn);
  }
  return turn;
}

/** A turn before the server has said anything of it: its question. */
function sketch(entry) {
  const turn = place(entry);
  turn.className = 'turn';
  fill(turn, `<header class="asked"><h2 class="question" id="${entry.key}-question"></h2></header><div class="answer" aria-busy="true"></div>`);
  $('.question', turn).textContent = entry.turn.question;
  return turn;
}

function show(entry, html) {
  const turn = place(entry);
  const sheet = home === turn && $('.sheet').open;
  if (sheet) closePanel();
  const { answer, error } = entry.turn;
  turn.className = `turn ${error ? 'failed' : answer?.status || ''}`;
  fill(turn, html);
  if (sheet) openPanel(turn);
  showRated(entry);
}

/** Shows turns as the server renders them from what is kept. */
async function showKept(entries) {
  if (!entries.length) return true;
  const data = { turns: entries.map(({ turn }) => turn), keys: entries.map(({ key }) => key) };
  const reply = await call('render', data, (why) => unshown(entries, why));
  reply?.html.forEach((html, at) => show(entries[at], html));
  return Boolean(reply);
}

/** Kept turns that cannot be shown: again, once the server is back; never, where they cannot be read. */
function unshown(entries, why) {
  problem(why);
  const mine = chat;
  if (why === GONE) setTimeout(() => { if (mine === chat) showKept(entries); }, RETRY);
  else entries.forEach((entry) => $('.answer', place(entry)).removeAttribute('aria-busy'));
}

function openChat(kept) {
  showView('chat');
  return loadChat(kept);
}

/** Makes a conversation the open one, whichever view is shown. */
async function loadChat(kept) {
  if (asking) stop();
  chat = kept;
  chat.turns.forEach(({ turn }) => { if (!turn.answer && !turn.error) turn.is_stopped = true; });
  remember('open', chat.id);
  $('.log').replaceChildren();
  chat.turns.forEach(sketch); // in their order, whatever is asked meanwhile
  if (!chat.turns.length) { welcome(); placeChat(0); }
  else if (await showKept(chat.turns)) placeChat(null);
}

function newChat() {
  openChat(emptyChat());
  $('#question-box').focus();
}

/** The turns before one, as far as they go along with a question. */
function turnsBefore(at) { return chat.turns.slice(0, at).filter(({ turn }) => turn.answer).slice(-REMEMBERED).map(({ turn }) => turn); }

/** What the model knows itself of an answered question, apart from the answer and unchecked. */
async function goBeyond(button) {
  const entry = entryOf(button);
  const mine = chat;
  button.disabled = true;
  say('Asking the model.');
  const data = { turn: entry.turn, turns: turnsBefore(chat.turns.indexOf(entry)), key: entry.key };
  const reply = await call('beyond', data);
  button.disabled = false;
  if (!reply || mine !== chat) return;
  entry.turn = reply.turn;
  show(entry, reply.html);
  keep();
  say($('.beyond', place(entry)).textContent);
}

function ask(question, at = chat.turns.length) {
  const text = question.trim();
  hint('');
  if (asking) return;
  if (!text) { hint('Type a question first, such as: What does an AI engineer do?'); return; }
  if (text.length > (limits.question || Infinity)) { hint(`That is ${text.length} characters; the limit is ${limits.question}. Ask the core of it.`); return; }
  if (!chat.turns.length) { $('.log').replaceChildren(); chat.title ||= text.slice(0, 80); }
  const entry = { key: chat.turns[at]?.key || 'turn-' + freshId(), turn: { question: text, profile: profile() } };
  chat.turns[at] = entry;
  keep();
  const turn = sketch(entry);
  asking = { id: freshId(), entry, heard: Date.now(), misses: 0, timer: setInterval(check, SILENT) };
  showBusy();
  showView('chat');
  if (location.search) history.replaceState(history.state, '', location.pathname); // a link's question is asked once
  turn.scrollIntoView({ block: 'start' });
  say('Reading the articles.');
  trigger('ask', { id: asking.id, key: entry.key, question: text, profile: entry.turn.profile, turns: turnsBefore(at), without: load('without') || [] });
}

/** One more state of the turn that is being answered. */
function heard({ id, html, turn, done }) {
  if (id !== asking?.id) return;
  const { entry } = asking;
  const told = $$(SPOKEN, place(entry)).length;
  asking.heard = Date.now();
  entry.turn = turn;
  show(entry, html);
  const fresh = $$(SPOKEN, place(entry)).slice(told).map((one) => one.textContent);
  if (fresh.length) say(fresh.join(' '));
  if (!done) return;
  if (turn.error) say(turn.error);
  settled();
}

function settled() {
  clearInterval(asking.timer);
  asking = null;
  keep();
  showBusy();
}

function stop() {
  if (!asking) return;
  const { entry } = asking;
  trigger('stop', {});
  entry.turn.is_stopped = true;
  settled();
  showKept([entry]);
  say('Stopped.');
}

/** While nothing is heard: is the server still there, and does it still answer this question? */
async function check() {
  const mine = asking;
  if (!mine || Date.now() - mine.heard < SILENT) return;
  let reply = null;
  try { reply = await server.alive({ id: mine.id }); } catch { /* cannot be reached */ }
  if (mine !== asking) return;
  if (reply?.alive) { mine.misses = 0; return; }
  mine.misses += 1;
  if (mine.misses < 2) return;
  failed(mine.entry, reply
    ? 'The server was started anew and has dropped this question. Ask it again.'
    : 'The server cannot be reached. Your question is kept here: ask it again when the server is back.');
}

function failed(entry, why) {
  entry.turn.error = why;
  const turn = place(entry);
  turn.className = 'turn failed';
  const problem = document.createElement('p');
  problem.className = 'problem';
  problem.textContent = why;
  const again = document.createElement('button');
  Object.assign(again, { type: 'button', className: 'action', textContent: 'Try again' });
  again.dataset.do = 'again';
  $('.answer', turn).replaceChildren(problem, again);
  $('.answer', turn).removeAttribute('aria-busy');
  settled();
  say(why);
}

/** Opens a field in the question's place; the question is asked anew from there. */
function edit(turn) {
  const heading = $('.question', turn);
  const form = document.createElement('form');
  form.className = 'editing';
  form.innerHTML = '<textarea rows="2" aria-label="Your question"></textarea><p><button type="submit" class="send">Ask</button> <button type="button" class="action">Cancel</button></p>';
  const box = $('textarea', form);
  box.value = entryOf(turn).turn.question;
  const close = () => { form.replaceWith(heading); };
  $('[type=button]', form).onclick = close;
  form.onkeydown = (event) => {
    if (event.key === 'Escape') { event.stopPropagation(); close(); }
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    const at = chat.turns.indexOf(entryOf(turn));
    if (!box.value.trim() || isBusy()) return;
    close();
    await askFrom(at, box.value);
  };
  heading.replaceWith(form);
  box.focus();
}

/** Whether an answer is on its way, which is then said. */
function isBusy() {
  if (asking) hint('An answer is on its way; wait for it, or stop it first.');
  return Boolean(asking);
}

/** Asks an edited question in the place of a turn. Where turns follow it, in a copy of the conversation: nothing is lost. */
async function askFrom(at, question) {
  if (at < chat.turns.length - 1) {
    const title = `${question.trim().slice(0, 70)} (edited)`;
    await openChat({ ...emptyChat(), title, turns: structuredClone(chat.turns.slice(0, at)) });
    if (!chat.turns.length) $('.log').replaceChildren();
    say('Asked in a copy of the conversation; the earlier one is under History.');
  }
  ask(question, Math.min(at, chat.turns.length));
}

async function rate(button) {
  const entry = entryOf(button);
  const reason = button.dataset.reason || null;
  const reply = await call('rate', { turn: entry.turn, reason });
  if (!reply) return;
  entry.rated = reason ? `Kept: ${reason.toLowerCase()}. Thank you.` : 'Kept: a good answer. Thank you.';
  keep();
  showRated(entry);
  say(entry.rated);
}

function showRated(entry) {
  const turn = place(entry);
  const rated = $('.rated', turn);
  if (!entry.rated || !rated) return;
  rated.textContent = entry.rated;
  rated.hidden = false;
  $('.reasons', turn).hidden = true;
  $('.rating', turn).hidden = true;
}

function showBusy() {
  $('.send:not(.stop)', $('.composer')).hidden = Boolean(asking);
  $('.composer .stop').hidden = !asking;
}

function hint(text) { $('#question-hint').textContent = text; }
