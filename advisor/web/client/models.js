// The model that writes: what is on this machine in one click, any other by name and key. For the owner alone.
let choice = null; // what may be chosen, and the token that comes with it; null: this reader may not

function showModels(reply) {
  choice = reply;
  $('.model-line').hidden = !choice;
  if (!choice) return;
  const isQuote = choice.mode === 'quote';
  $('.offers').replaceChildren(...(isQuote ? choice.offers.slice(0, 1).map(offered) : []));
  $('.model .offered').replaceChildren(...choice.offers.map((one) => made('li', '', offered(one))));
  $('.model .near').hidden = !choice.offers.length;
  $('.model .to-quotes').hidden = isQuote;
  $('.model .now').textContent = isQuote ? 'Answers are quotes now; no model writes them.' : `Answers are written by ${choice.mode} now.`;
  const select = $('.model [name=provider]');
  if (!select.options.length) select.replaceChildren(...Object.entries(choice.providers).map(([id, name]) => new Option(name, id)));
}

function offered({ model, server }) {
  const button = made('button', 'action', `Have answers written by ${model.slice(model.indexOf(':') + 1)} (${server}, on this machine)`);
  Object.assign(button.dataset, { do: 'choose', model, server });
  button.type = 'button';
  return button;
}

async function openModels() {
  $('.model .hint').textContent = '';
  over($('.model'));
  const reply = await call('models', {});
  if (reply) showModels(reply);
}

/** Has the server try a model with a short call, and use it; says in a line what went wrong. */
async function choose(wanted) {
  const refused = (why) => { if ($('.model').open) $('.model .hint').textContent = why; else problem(why); };
  refused('');
  if (!$('.model').open) notice('');
  say('Trying the model.');
  $('.page').classList.add('trying');
  const reply = await call('choose', { ...wanted, token: choice.token }, refused);
  $('.page').classList.remove('trying');
  $('.model [name=key]').value = '';
  if (!reply) return;
  $('.model').close();
  say(reply.mode === 'quote' ? 'Answers are quotes again.' : `Answers are written by ${reply.mode} from now on.`);
  refresh();
}
