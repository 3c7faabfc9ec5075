// The page: its dialogs, and what each button does.
function showAbout() {
  const who = profile();
  $('.asker-line').hidden = !who;
  $('.asker-text').textContent = `Answers take into account: ${who}`;
}

function openAbout() {
  const about = load('about') || {};
  for (const field of $$('.about input')) field.value = about[field.name] || '';
  over($('.about'));
}

function clearAbout() {
  drop('about');
  $$('.about input').forEach((field) => { field.value = ''; });
  $('.about').close();
  showAbout();
  say('What you told about yourself is deleted.');
}

async function openTopics() {
  over($('.topics'));
  $('.topics .content').textContent = 'Looking …';
  const reply = await call('topics', {}, (why) => { $('.topics .content').textContent = why; });
  if (reply) $('.topics .content').innerHTML = reply.html;
}

/** A word of thanks in the button's place, for a moment. */
function flash(button, text) {
  const before = button.textContent;
  button.textContent = text;
  setTimeout(() => { button.textContent = before; }, 1500);
}

const ACTIONS = {
  view: (button) => showView(button.dataset.view),
  differences: (button) => openDifferences(button.dataset.topic),
  new: () => newChat(),
  conversations: () => openConversations(),
  topics: () => openTopics(),
  about: () => openAbout(),
  'clear-about': () => clearAbout(),
  'use-all': () => useAll(),
  stop: () => stop(),
  'sign-out': () => signOut(),
  close: (button) => button.closest('dialog').close(),
  dismiss: () => dismissReport(),
  'dismiss-notice': () => notice(''),
  unfold: (button) => unfold(button),
  sources: (button) => openPanel(turnOf(button))?.focus(),
  withheld: (button) => {
    const details = $('.withheld', openPanel(turnOf(button)));
    details.open = true;
    $('summary', details).focus();
  },
  read: (button) => readArticle(button.dataset),
  remove: (button) => removeArticle(button.dataset),
  copy: async (button) => {
    const reply = await call('export', { turns: [entryOf(button).turn], form: 'copy' });
    if (reply) flash(button, await copy(reply.text, 'Copied'));
  },
  link: async (button) => {
    const link = `${location.origin}${location.pathname}?q=${encodeURIComponent(entryOf(button).turn.question)}`;
    flash(button, await copy(link, 'Link copied'));
  },
  again: (button) => { if (!isBusy()) ask(entryOf(button).turn.question, chat.turns.indexOf(entryOf(button))); },
  edit: (button) => { if (!isBusy()) edit(turnOf(button)); },
  models: () => openModels(),
  choose: (button) => choose({ ...button.dataset }),
  beyond: (button) => goBeyond(button),
  rate: (button) => rate(button),
  'ask-reason': (button) => {
    const reasons = $('.reasons', turnOf(button));
    reasons.hidden = !reasons.hidden;
    button.setAttribute('aria-expanded', String(!reasons.hidden));
    if (!reasons.hidden) $('button', reasons).focus();
  },
  switch: (button) => { $('.conversations').close(); openChat(load('chat/' + button.closest('li').dataset.chat)); },
  rename: (button) => rename(button.closest('li')),
  exporting: () => openExport(),
  export: (button) => exportChat(button.closest('li')?.dataset.chat || chat.id, button.dataset.form),
  delete: (button) => deleteChat(button.closest('li')),
};

element.addEventListener('click', (event) => {
  const asked = event.target.closest('[data-ask]');
  const mark = event.target.closest('.cite');
  const button = event.target.closest('[data-do]');
  if (asked) { $$('dialog[open]').forEach((dialog) => dialog.close()); ask(asked.dataset.ask); }
  else if (mark) { event.preventDefault(); openQuote(turnOf(mark) || home, mark.getAttribute('href').slice(1)); }
  else if (button) ACTIONS[button.dataset.do](button);
});
element.addEventListener('mouseover', (event) => { if (event.target.closest('.cite')) showCard(event.target.closest('.cite')); });
element.addEventListener('focusin', (event) => { if (event.target.matches('.cite') && isWide()) showCard(event.target); });
element.addEventListener('mouseout', (event) => { if (event.target.closest('.cite') && !event.relatedTarget?.closest?.('.card')) hideCard(); });
element.addEventListener('focusout', (event) => { if (event.target.matches('.cite')) hideCard(); });
$('.card').addEventListener('mouseleave', hideCard);
$('.sheet').addEventListener('close', closePanel);
matchMedia(WIDE).addEventListener('change', () => $('.sheet').close());
for (const dialog of $$('dialog')) {
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener('close', placeNotice);
}
new ResizeObserver(() => $('.page').style.setProperty('--head', `${$('.masthead').offsetHeight}px`)).observe($('.masthead'));

document.addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName) && document.activeElement.type !== 'checkbox';
  if (event.key === '/' && !isTyping && !$('dialog[open]')) {
    event.preventDefault();
    showView('chat');
    $('#question-box').focus();
  }
  if (event.key !== 'Escape' || $('dialog[open]')) return;
  if (!$('.card').hidden) hideCard();
  else stop();
});

const box = $('#question-box');
const grow = () => { box.style.height = 'auto'; box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`; };
box.addEventListener('input', () => { grow(); hint(''); remember('draft', box.value); });
box.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); $('.composer').requestSubmit(); }
});
$('.composer').addEventListener('submit', (event) => {
  event.preventDefault();
  if (asking) return;
  const text = box.value;
  ask(text);
  if (asking) { box.value = ''; remember('draft', ''); grow(); }
});
$('.about form').addEventListener('input', () => {
  const told = Object.fromEntries($$('.about input').map((field) => [field.name, field.value.trim()]));
  if (Object.values(told).some(Boolean)) save('about', told); else drop('about');
  showAbout();
});
$('.about form').addEventListener('submit', (event) => { event.preventDefault(); $('.about').close(); });

$('.model form').addEventListener('submit', (event) => {
  event.preventDefault();
  choose(Object.fromEntries(new FormData(event.target)));
});

$('.filter').addEventListener('input', filterShelf);
$('.library .publisher').addEventListener('change', filterShelf);
$('.shelf-place').addEventListener('change', useArticles);
$('.points-filter').addEventListener('input', filterPoints);
$('.differences .publisher').addEventListener('change', filterPoints);
$('.signing').addEventListener('submit', signIn);
$('.adding').addEventListener('submit', (event) => {
  event.preventDefault();
  addPlaces([], $('.address').value.split(/\s+/).filter(Boolean));
});
$('.files').addEventListener('change', (event) => addPlaces([...event.target.files], []));
const dropPlace = $('.drop');
for (const name of ['dragover', 'dragleave', 'drop']) {
  dropPlace.addEventListener(name, (event) => { event.preventDefault(); dropPlace.classList.toggle('over', name === 'dragover'); });
}
dropPlace.addEventListener('drop', (event) => addPlaces([...event.dataTransfer.files], []));

watch('value', () => { if (props.value?.id === adding) heardOfAdding(props.value); else if (props.value?.id) heard(props.value); });

// Another tab has changed what this browser keeps.
addEventListener('storage', ({ key }) => {
  if (key === null || key === PREFIX + 'about') showAbout();
  if (key === null || key === PREFIX + 'without') showUse();
  if (asking || (key !== null && key !== PREFIX + 'chat/' + chat.id)) return;
  const kept = load('chat/' + chat.id);
  if (kept) loadChat(kept);
  else if (chat.turns.length) { loadChat(emptyChat()); notice('This conversation was deleted in another tab.'); }
});

(async () => {
  showAbout();
  showUse();
  chat = load('chat/' + recall('open')) || emptyChat();
  box.value = recall('draft') || '';
  const asked = new URLSearchParams(location.search).get('q');
  if (asked) { box.value = asked.slice(0, 4000); chat = emptyChat(); }
  box.focus({ preventScroll: true });
  grow();
  if (chat.turns.length) loadChat(chat);
  showView(viewAsked(), false);
  refresh();
})();
