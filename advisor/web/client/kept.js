// The conversations that this browser keeps: opened, renamed, exported, deleted.

function openConversations() {
  const rows = conversations().map((kept) => {
    const row = document.createElement('li');
    row.innerHTML = '<button type="button" class="title" data-do="switch"></button><span class="when"></span><span class="actions">'
      + '<button type="button" class="action" data-do="rename">Rename</button><button type="button" class="action" data-do="delete">Delete</button>'
      + '<span class="as">Export as</span><button type="button" class="action" data-do="export" data-form="markdown">Markdown</button>'
      + '<button type="button" class="action" data-do="export" data-form="json">JSON</button></span>';
    row.dataset.chat = kept.id;
    $('.title', row).textContent = kept.title || 'Untitled';
    if (kept.id === chat.id) row.setAttribute('aria-current', 'true');
    $('.when', row).textContent = `${new Date(kept.at).toLocaleDateString()} · ${kept.turns.length === 1 ? '1 question' : `${kept.turns.length} questions`}`;
    for (const button of $$('.action', row)) button.setAttribute('aria-label', `${button.textContent}: ${kept.title}`);
    return row;
  });
  const none = document.createElement('li');
  none.textContent = 'None yet. What you ask is kept here.';
  $('.chats').replaceChildren(...(rows.length ? rows : [none]));
  if (!$('.conversations').open) over($('.conversations'));
}

function rename(row) {
  const kept = load('chat/' + row.dataset.chat);
  const box = document.createElement('input');
  Object.assign(box, { value: kept.title, maxLength: 80, className: 'renaming' });
  box.setAttribute('aria-label', 'Title');
  const done = (isKept) => {
    box.onblur = null;
    const title = box.value.trim();
    if (isKept && title) {
      if (kept.id === chat.id) chat.title = title;
      save('chat/' + kept.id, { ...load('chat/' + kept.id), title });
    }
    openConversations();
  };
  box.onkeydown = (event) => {
    if (event.key === 'Enter') done(true);
    if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); done(false); }
  };
  box.onblur = () => done(true);
  $('.title', row).replaceWith(box);
  box.select();
}

/** Offers the open conversation in both forms. */
function openExport() {
  if (chat.turns.length) { over($('.export')); return; }
  showView('chat');
  hint('There is nothing to export yet: ask something first.');
}

async function exportChat(id, form) {
  const kept = id === chat.id ? chat : load('chat/' + id);
  const reply = await call('export', { title: kept.title, turns: kept.turns.map(({ turn }) => turn), form });
  if (!reply) return;
  $('.export').close();
  const name = (kept.title || 'conversation').replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60).replace(/^-|-$/g, '') || 'conversation';
  if (form === 'json') download(`${name}.json`, 'application/json', reply.text);
  else download(`${name}.md`, 'text/markdown', reply.text);
}

function deleteChat(row) {
  const kept = load('chat/' + row.dataset.chat);
  confirmed(`Delete “${kept.title}” from this browser?`, 'Delete', () => {
    drop('chat/' + kept.id);
    if (kept.id === chat.id) loadChat(emptyChat());
    openConversations();
  });
}
