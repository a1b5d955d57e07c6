// SPDX-License-Identifier: MIT
// A real OpenID provider (oidc-provider from npm) on loopback for the tests: authorization code with PKCE, device code, rotating refresh tokens,
// introspection for a mail server. Prints its port.
//
// node provider.mjs MODULES ACCESS-TOKEN-SECONDS. Controls of the tests: POST /test/revoke (all that was given is worth nothing), /test/expire
// (access tokens only), /test/fault?N=WORDS (the next N answers of /token are this fault), /test/count (refreshes that were good),
// /test/tokens (all that were given, one a line).
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, seconds] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(path.join(modules, 'oidc-provider/lib/index.js')));

const store = new Map();
class Adapter {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  all() { return [...store.values()].filter((row) => row.model === this.model).map((row) => row.payload); }
  async upsert(id, payload) { store.set(this.key(id), { model: this.model, payload }); }
  async find(id) { return store.get(this.key(id))?.payload; }
  async findByUid(uid) { return this.all().find((payload) => payload.uid === uid); }
  async findByUserCode(code) { return this.all().find((payload) => payload.userCode === code); }
  async consume(id) { (await this.find(id)).consumed = Math.floor(Date.now() / 1000); }
  async destroy(id) { store.delete(this.key(id)); }
  async revokeByGrantId(grantId) {
    for (const [key, row] of store) if (row.payload.grantId === grantId) store.delete(key);
  }
}

const server = http.createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  adapter: Adapter,
  clients: [
    {
      client_id: 'postern-test', token_endpoint_auth_method: 'none', application_type: 'native', redirect_uris: ['http://127.0.0.1'],
      response_types: ['code'], grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
    { client_id: 'dovecot', client_secret: 'checks-tokens', redirect_uris: [], response_types: [], grant_types: [] },
  ],
  scopes: ['openid', 'offline_access', 'mail'],
  findAccount: (context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: { deviceFlow: { enabled: true }, introspection: { enabled: true, allowedPolicy: () => true }, revocation: { enabled: true } },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: { AccessToken: Number(seconds), RefreshToken: 86400, DeviceCode: 600, Grant: 86400, Session: 86400, Interaction: 600, IdToken: 600 },
});

let good = 0;
const tokens = [];
provider.on('grant.success', (context) => {
  if (context.oidc.params.grant_type === 'refresh_token') good += 1;
  for (const name of ['access_token', 'refresh_token', 'id_token']) if (context.body[name]) tokens.push(context.body[name]);
});
for (const name of ['grant.error', 'server_error']) provider.on(name, (context, error) => console.error(name, error.message, error.error_detail));

const faults = [];
const controls = {
  '/test/revoke': () => { for (const [key, row] of store) if (/Token|Grant|Code/.test(row.model)) store.delete(key); return ''; },
  '/test/fault': (query) => { for (const [count, words] of query) for (let i = 0; i < Number(count); i += 1) faults.push(words); return ''; },
  '/test/expire': () => { for (const [key, row] of store) if (row.model === 'AccessToken') store.delete(key); return ''; },
  '/test/count': () => String(good),
  '/test/tokens': () => tokens.join('\n'),
};
const serve = provider.callback();
server.on('request', (request, response) => {
  const url = new URL(request.url, issuer);
  const control = controls[url.pathname];
  if (control) return response.end(control(url.searchParams));
  if (url.pathname === '/token' && faults.length > 0) {
    const fault = faults.shift();
    if (fault === 'hang') return undefined;
    response.writeHead(/^[a-z_]+$/.test(fault) ? 400 : 503, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ error: fault, error_description: 'as the test wished' }));
  }
  return serve(request, response);
});
console.log(`PORT ${server.address().port}`);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0)); // when the test is gone
