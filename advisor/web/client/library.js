// The library: its table, its filters, adding and removing; which articles this browser's answers may use.
let adding = null; // the id of what is being added
let token = ''; // comes with each change: only this page, which may read the server's replies, has it
let watching = null; // asks, while it is, whether the server is still at it

let listing = null; // lists it again, where it could not be listed

async function showLibrary() {
  clearTimeout(listing);
  const reply = await call('shelf', {}, unlisted);
  if (!reply) {
    listing = setTimeout(() => { if (viewNow() === 'library') showLibrary(); }, RETRY);
    return;
  }
  token = reply.token || '';
  $('.shelf-place').innerHTML = reply.html;
  const without = new Set(load('without') || []);
  $$('.use').forEach((box) => { box.checked = !without.has(box.value); });
  offer($('.library .publisher'), [...new Set($$('.shelf tbody tr').map((row) => row.dataset.publisher))].sort());
  $('.adding').hidden = !reply.mayChange;
  $('.signing').hidden = !reply.mayLogIn;
  $('.closed').hidden = reply.mayChange || reply.mayLogIn;
  filterShelf();
}

/** The names that a filter offers; what was chosen stays, where it is still there. */
function offer(select, names) {
  const chosen = select.value;
  select.replaceChildren(new Option('all', ''), ...names.map((name) => new Option(name, name)));
  select.value = names.includes(chosen) ? chosen : '';
}

/** Says why there is no list: in its place, or above an older one. */
function unlisted(why) {
  const place = $('.shelf-place .opening');
  if (!place) { problem(why); return; }
  place.classList.add('problem');
  if (place.textContent !== why) place.textContent = why;
}

function filterShelf() {
  const words = $('.filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const publisher = $('.library .publisher').value;
  const rows = $$('.shelf tbody tr');
  rows.forEach((row) => {
    row.hidden = !words.every((word) => row.dataset.words.includes(word)) || Boolean(publisher && row.dataset.publisher !== publisher);
  });
  const shown = rows.filter((row) => !row.hidden).length;
  $('.counted').textContent = shown === rows.length ? `${shown} articles` : `${shown} of ${rows.length} articles`;
}

function useArticles() {
  const listed = new Set($$('.use').map((box) => box.value));
  const others = (load('without') || []).filter((id) => !listed.has(id));
  const without = [...others, ...$$('.use').filter((box) => !box.checked).map((box) => box.value)];
  if (without.length) save('without', without); else drop('without');
  showUse();
}

function useAll() {
  drop('without');
  $$('.use').forEach((box) => { box.checked = true; });
  showUse();
}

function showUse() {
  const without = (load('without') || []).length;
  $('.use-line').hidden = !without;
  $('.use-text').textContent = `${without === 1 ? 'One article is' : `${without} articles are`} kept out of your answers.`;
}

const UNSENT = 'could not be uploaded; check that the server runs, then try again.';

/** Sends one file: the path under which the server has it. */
async function uploaded(file) {
  const body = new FormData();
  body.append('files', file);
  const reply = await fetch('gradio_api/upload', { method: 'POST', headers: { 'X-Advisor-Token': token }, body });
  if (!reply.ok) throw new Error((reply.status === 507 && (await reply.json()).error) || UNSENT);
  return (await reply.json())[0];
}

/** Uploads files one by one, then has them and the address added; what becomes of each is shown. */
async function addPlaces(files, urls) {
  if (adding || !(files.length + urls.length)) return;
  adding = freshId();
  const most = limits.megabytes || 25;
  const refused = [];
  const paths = [];
  showStage('Uploading', 0, files.length);
  for (const [at, file] of files.entries()) {
    if (file.size > most * 1e6) refused.push(`${file.name}: has ${Math.round(file.size / 1e6)} MB and the limit is ${most} MB; cut it into parts.`);
    else {
      try { paths.push(await uploaded(file)); } catch (said) { refused.push(`${file.name}: ${said.name === 'Error' ? said.message : UNSENT}`); }
    }
    showStage('Uploading', at + 1, files.length);
  }
  showAdded('', refused);
  if (paths.length + urls.length) {
    const fields = Object.fromEntries($$('.known input').map((field) => [field.name, field.value.trim()]).filter(([, value]) => value));
    trigger('bring', { id: adding, files: paths, urls, fields, token });
    watching = setInterval(checkAdding, SILENT);
  }
  else addingDone();
}

function showStage(stage, part, whole) {
  $('.progress').hidden = false;
  $('.tray').hidden = false;
  $('.stage').textContent = whole ? `${stage}: ${part} of ${whole}` : stage;
  const bar = $('.progress progress');
  if (part) { bar.max = whole; bar.value = part; } else bar.removeAttribute('value');
}

function showAdded(html, refused = []) {
  const lines = refused.map((why) => {
    const line = document.createElement('p');
    line.className = 'refused';
    line.textContent = why;
    return line;
  });
  if (html) $('.added').insertAdjacentHTML('beforeend', html);
  else $('.added').replaceChildren(...lines);
  showTray();
}

/** The tray at the foot of the window holds how far adding is and what became of it: in sight, wherever one reads. */
function showTray() {
  $('.tray').hidden = $('.progress').hidden && !$('.added').childElementCount;
}

function dismissReport() {
  $('.added').replaceChildren();
  showTray();
}

function addingDone() {
  adding = null;
  clearInterval(watching);
  $('.progress').hidden = true;
  $('.files').value = '';
  showTray();
}

/** Whether the server is still adding: it may be gone, or started anew. */
async function checkAdding() {
  const mine = adding;
  let reply = null;
  try { reply = await server.alive({ id: mine }); } catch { /* cannot be reached */ }
  if (mine !== adding || reply?.alive) return;
  addingDone();
  showAdded('', ['The server has stopped in the middle. What it had added is in the library; add the rest again.']);
}

function heardOfAdding({ stage, part, whole, html, error, done }) {
  if (stage) showStage(stage, part, whole);
  if (error) showAdded('', [error]);
  if (html) showAdded(html);
  if (!done) return;
  addingDone();
  showLibrary();
  refresh();
}

function removeArticle({ article, title }) {
  confirmed(`Remove “${title}”? Its text is deleted from this library. Answers that you have kept still show their quotes.`, 'Remove', async () => {
    const reply = await call('remove', { id: article, token });
    if (!reply) return;
    $('.added').innerHTML = reply.html;
    showTray();
    say($('.added').textContent);
    await showLibrary();
    refresh();
  });
}

async function signIn(event) {
  event.preventDefault();
  const place = $('.signing .hint');
  try {
    const reply = await fetch('sign-in', { method: 'POST', body: $('.password').value });
    const { error } = await reply.json();
    place.textContent = error || '';
    $('.password').value = '';
    if (!error) { showLibrary(); refresh(); }
  } catch { place.textContent = 'The server cannot be reached; try again.'; }
}
