// Quotes: the card at a citation, the panel of sources in the margin or in a sheet, the whole article.

const wordsOf = (part) => part?.textContent.slice($('.number', part)?.textContent.length || 0) || '';

// The card: while a mark is hovered or focused, whose words it cites, and between which sentences they stand.
function showCard(mark) {
  const place = mark.getAttribute('href').slice(1);
  const quoted = $$(`mark[data-quote="${place}"]`);
  if (!quoted.length) return;
  hideCard();
  const card = $('.card');
  card.replaceChildren(...told(quoted));
  card.hidden = false;
  const at = mark.getBoundingClientRect();
  const box = card.getBoundingClientRect();
  const edge = isWide() ? mark.closest('.answer').getBoundingClientRect().right : document.documentElement.clientWidth - 8; // the note beside it stays in sight
  const left = Math.max(8, Math.min(at.left, edge - box.width));
  const above = at.top - box.height - 4; // what is read already is covered, rather than what comes next
  const isAbove = above > $('.masthead').getBoundingClientRect().bottom || at.bottom + box.height + 8 > innerHeight;
  card.style.left = `${left}px`;
  card.style.top = `${isAbove ? Math.max(8, above) : at.bottom + 4}px`;
  mark.setAttribute('aria-describedby', card.id);
  quoted.forEach((part) => part.classList.add('lit'));
  if (isWide()) reveal(quoted[0]);
}

/** Who, when, the quote between its neighbours, and what the publisher sells. */
function told(quoted) {
  const source = quoted[0].closest('.source');
  const sentences = $$('.beside, mark', quoted[0].closest('.passage'));
  const before = sentences[sentences.indexOf(quoted[0]) - 1];
  const after = sentences[sentences.indexOf(quoted.at(-1)) + 1];
  const isLine = quoted[0].closest('.line'); // of a list or a table: so are its neighbours
  const words = made('p', isLine ? 'words lines' : 'words', made('span', 'around', wordsOf(before)), ' ', made('q', '', quoted.map(wordsOf).join(' ')), ' ', made('span', 'around', wordsOf(after)));
  const by = made('p', 'by', made('strong', '', quoted[0].dataset.who), ` · ${$('.when', source).textContent}`);
  return [by, words, made('p', 'sells', $('.interest', source).textContent)];
}

function hideCard() {
  $('.card').hidden = true;
  $$('.cite[aria-describedby]').forEach((mark) => mark.removeAttribute('aria-describedby'));
  $$('mark.lit').forEach((mark) => mark.classList.remove('lit'));
}

/** Scrolls the margin, and it alone, until a quote is in sight above the place to ask. */
function reveal(quoted) {
  const panel = quoted.closest('.sources');
  const { top, bottom } = panel.getBoundingClientRect();
  const end = Math.min(bottom, $('.composer').getBoundingClientRect().top);
  const at = quoted.getBoundingClientRect();
  if (at.top < top) panel.scrollTop += at.top - top - 24;
  else if (at.bottom > end) panel.scrollTop += Math.min(at.bottom - end + 24, at.top - top - 24);
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

/** Shows the rest of a quote's passage, or folds it away again. */
function unfold(button) {
  const isWhole = button.closest('.passage').classList.toggle('unfolded');
  button.setAttribute('aria-expanded', String(isWhole));
  button.textContent = isWhole ? 'Show less' : 'Show the whole passage';
}

async function readArticle({ article, quotes }) {
  const reply = await call('article', { id: article, quotes });
  if (!reply) return;
  const reader = $('.reader');
  $('.content', reader).innerHTML = reply.html;
  over(reader);
  reader.scrollTop = 0; // or it opens where the last one was left
  $('mark', reader)?.scrollIntoView({ block: 'center' });
  $('.content', reader).focus({ preventScroll: true });
}
