// SPDX-License-Identifier: MIT
// A browser for the tests: follows links and fills in the forms of the provider until it is back at the program, or through.
// node browser.mjs LINK [USER-CODE]; POSTERN_TEST_REFUSE: presses "cancel" at the first chance.
const [link, userCode] = process.argv.slice(2);
const cookies = new Map();

async function fetchPage(url, form) {
  const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  const response = await fetch(url, { redirect: 'manual', headers, ...(form && { method: 'POST', body: form }) });
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    cookies.set(name, value);
  }
  return response;
}

// What a person would write into the fields, the rest as it stands.
function fillForm(page) {
  const typed = { login: 'alice', password: 'any', user_code: userCode };
  const form = new URLSearchParams();
  for (const [tag] of page.matchAll(/<input[^>]*>/g)) {
    const name = tag.match(/name="([^"]*)"/)?.[1];
    const value = tag.match(/value="([^"]*)"/)?.[1];
    if (name) form.set(name, typed[name] ?? value ?? '');
  }
  return form;
}

let url = new URL(link);
let form;
for (let step = 0; step < 20; step += 1) {
  const response = await fetchPage(url, form);
  const next = response.headers.get('location');
  form = undefined;
  if (next) {
    url = new URL(next, url);
    continue;
  }
  const page = await response.text();
  const action = page.match(/<form[^>]*action="([^"]*)"/)?.[1];
  const abort = page.match(/href="([^"]*\/abort)"/)?.[1];
  if (!action) {
    console.log(page.replace(/<style.*?<\/style>|<[^>]*>/gs, ' ').replace(/\s+/g, ' ').trim());
    process.exit(response.ok ? 0 : 1);
  }
  if (process.env.POSTERN_TEST_REFUSE && abort) {
    url = new URL(abort, url);
    continue;
  }
  form = fillForm(page);
  url = new URL(action, url);
}
console.log('a form without end');
process.exit(1);
