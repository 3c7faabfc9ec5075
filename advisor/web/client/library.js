// The library: its table, its filters, adding and removing; which articles this browser's answers may use.
let adding = null; // the id of what is being added
let watching = null; // asks, while it is, whether the server is still at it

async function showLibrary() {
  const reply = await call('shelf', {});
  if (!reply) return;
  $('.shelf-place').innerHTML = reply.html;
  const without = new Set(load('without') || []);
  $$('.use').forEach((box) => { box.checked = !without.has(box.value); });
  const chosen = $('.filters .publisher').value;
  const publishers = [...new Set($$('.shelf tbody tr').map((row) => row.dataset.publisher))].sort();
  $('.filters .publisher').replaceChildren(new Option('all', ''), ...publishers.map((name) => new Option(name, name)));
  $('.filters .publisher').value = publishers.includes(chosen) ? chosen : '';
  $('.adding').hidden = !reply.mayChange;
  $('.signing').hidden = !reply.mayLogIn;
  $('.closed').hidden = reply.mayChange || reply.mayLogIn;
  filterShelf();
}

function filterShelf() {
  const words = $('.filter').value.toLowerCase().split(/\s+/).filter(Boolean);
  const publisher = $('.filters .publisher').value;
  const rows = $$('.shelf tbody tr');
  rows.forEach((row) => {
    row.hidden = !words.every((word) => row.dataset.words.includes(word)) || Boolean(publisher && row.dataset.publisher !== publisher);
  });
  const shown = rows.filter((row) => !row.hidden).length;
  $('.counted').textContent = shown === rows.length ? `${shown} articles` : `${shown} of ${rows.length} articles`;
}

function useArticles() {
  $('.added').replaceChildren();
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

/** Uploads files one by one, then has them and the address added; what becomes of each is shown. */
async function addPlaces(files, urls) {
  if (adding || !(files.length + urls.length)) return;
  adding = freshId();
  const most = limits.megabytes || 25;
  const refused = [];
  const paths = [];
  showStage('Uploading', 0, files.length);
  $('.progress').scrollIntoView({ block: 'nearest' });
  for (const [at, file] of files.entries()) {
    if (file.size > most * 1e6) refused.push(`${file.name}: has ${Math.round(file.size / 1e6)} MB and the limit is ${most} MB; cut it into parts.`);
    else {
      try { paths.push((await upload(file)).path); } catch { refused.push(`${file.name}: could not be uploaded; check that the server runs, then try again.`); }
    }
    showStage('Uploading', at + 1, files.length);
  }
  showAdded('', refused);
  if (paths.length + urls.length) {
    const fields = Object.fromEntries($$('.known input').map((field) => [field.name, field.value.trim()]).filter(([, value]) => value));
    trigger('bring', { id: adding, files: paths, urls, fields });
    watching = setInterval(checkAdding, SILENT);
  }
  else addingDone();
}

function showStage(stage, part, whole) {
  $('.progress').hidden = false;
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
}

function addingDone() {
  adding = null;
  clearInterval(watching);
  $('.progress').hidden = true;
  $('.files').value = '';
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
    const reply = await call('remove', { id: article });
    if (!reply) return;
    $('.added').innerHTML = reply.html;
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
    if (!error) showLibrary();
  } catch { place.textContent = 'The server cannot be reached; try again.'; }
}
