// Real load on a running server until it is told to stop (SIGTERM): predictions over kept connections,
// over a new connection each, and the dashboard of health. Any request that is refused, cut or answered
// by anything but 200 is counted and shown. Prints {"answered":N,"failed":N} at the end.
// Usage: load.mjs URL
import http from 'node:http';

const url = process.argv[2];
const body = JSON.stringify({ UCWIT: 7.5, UCAIT: 25.0, UCWF: 15.0, UCAIH: 50.0, AMBT: 22.0, UCTSP: 21.0 });
let answered = 0;
let failed = 0;
let stopping = false;
process.on('SIGTERM', () => { stopping = true; });
setTimeout(() => { stopping = true; }, 300_000);  // It ends by itself.

function ask(path, agent, text) {
  return new Promise((resolve) => {
    const done = (fault) => {
      if (fault) {
        failed += 1;
        console.error(`${path}: ${fault}`);
      } else {
        answered += 1;
      }
      resolve();
    };
    const request = http.request(url + path, {
      agent, method: text ? 'POST' : 'GET', timeout: 60_000, headers: text ? { 'Content-Type': 'application/json' } : {},
    }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode === 200 ? null : `status ${response.statusCode}`));
      response.on('error', (error) => done(error.message));
    });
    request.on('error', (error) => done(error.code ?? error.message));
    request.on('timeout', () => request.destroy(new Error('no answer in 60 s')));
    request.end(text);
  });
}

async function client(path, agent, text) {
  while (!stopping) {
    await ask(path, agent, text);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const kept = new http.Agent({ keepAlive: true, maxSockets: 8 });
const clients = [];
for (let i = 0; i < 8; ++i) clients.push(client('/predict', kept, body));
for (let i = 0; i < 4; ++i) clients.push(client('/predict', new http.Agent({ keepAlive: false }), body));
clients.push(client('/health/live', new http.Agent({ keepAlive: false })));
await Promise.all(clients);
console.log(JSON.stringify({ answered, failed }));
process.exit(0);
