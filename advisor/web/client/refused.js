// What the server refuses for being busy, asked too often or signed out of: the framework keeps the reason to itself.
let refusal = ''; // why, where the last reply was one; '' elsewhere
const fetching = window.fetch;

window.fetch = async (input, ...rest) => {
  refusal = '';
  const reply = await fetching(input, ...rest);
  if (reply.status === 401) location.reload(); // and the page that asks for the password stands there
  const isRefused = [401, 429, 503].includes(reply.status);
  refusal = isRefused ? (await reply.clone().json().catch(() => ({}))).error || '' : '';
  if (refusal && asking && String(input?.url || input).includes('/queue/join')) {
    failed(asking.entry, refusal);
    document.body.classList.add('refused'); // the framework's own word for it is not shown beside
    setTimeout(() => document.body.classList.remove('refused'), 11000);
  }
  return reply;
};

async function signOut() {
  try { await fetch('sign-out', { method: 'POST' }); } catch { problem(GONE); return; }
  location.reload();
}
