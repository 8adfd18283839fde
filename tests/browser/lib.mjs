// What the dashboard's tests share: the program as a user runs it, and Debian's Chromium.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';

const kProgram = process.env.HVAC_TWIN;
const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kPatienceMs = 30_000;

const homes = [];
const running = new Set();
let browser;

after(async () => {
  await browser?.close();
  await Promise.all([...running].map((program) => program.stop('SIGKILL')));
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** Runs the program to its end. Returns its output; fails unless it ends with 0. */
export function twin(home, ...args) {
  const run = spawnSync(kProgram, ['--home', home, ...args], { encoding: 'utf8' });
  assert.equal(run.status, 0, `${args.join(' ')}: ${run.stdout}${run.stderr}`);
  return run.stdout;
}

/** An empty instance folder: the demo begins by training its own model. */
export function emptyHome() {
  const home = mkdtempSync(join(tmpdir(), 'hvac-browser-'));
  homes.push(home);
  return home;
}

/** A fresh instance folder with a small model in it. */
export function freshHome() {
  const home = emptyHome();
  twin(home, 'simulate', '--output', join(home, 'history.csv'), '--hours', '60', '--interval', '60', '--seed', '7');
  twin(home, 'train', '--data', join(home, 'history.csv'), '--rounds', '20');
  return home;
}

/** The running program; `url` is the dashboard's. */
export class Program {
  static async start(home, { ports = [0, 0], args = ['--demo', '--speed', '600'] } = {}) {
    const child = spawn(kProgram, ['--home', home, '--json', 'run', ...args,
      '--port', String(ports[0]), '--dashboard-port', String(ports[1])]);
    const program = new Program();
    program.child = child;
    program.ended = new Promise((resolve) => child.once('exit', resolve));
    running.add(program);
    let errors = '';
    child.stderr.on('data', (text) => (errors += text));
    const line = await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (piece) => {
        text += piece;
        const end = text.indexOf('\n');
        if (end >= 0) resolve(text.slice(0, end));
      });
      child.once('exit', (code) => reject(new Error(`run ended with ${code}: ${errors}`)));
    });
    const said = JSON.parse(line);
    program.api = said.url;
    program.url = said.dashboard_url;
    program.ports = [new URL(said.url).port, new URL(said.dashboard_url).port];
    return program;
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    await this.ended;
    running.delete(this);
  }

  async get(path, key) {
    const answer = await fetch(this.url + path, { headers: key ? { Authorization: `Bearer ${key}` } : {} });
    assert.equal(answer.status, 200, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  }

  async post(path, body) {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  }
}

/** Waits until `ask` returns something that is neither undefined nor false. */
export async function until(what, ask, patienceMs = kPatienceMs) {
  const end = Date.now() + patienceMs;
  for (;;) {
    const got = await ask();
    if (got !== undefined && got !== false) return got;
    if (Date.now() > end) assert.fail(`waited ${patienceMs / 1000} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A tab at `#/page` of the dashboard. What must never happen in it is in `faults`: errors of scripts,
 * refusals by the content security policy, requests to other hosts. `slower`: as on a computer with
 * that part of this one's speed; answers then meet a page that has not drawn yet.
 */
export async function open(program, page, { scheme = 'light', locale = 'en-GB', size = [1440, 900], slower = 1 } = {}) {
  browser ??= await chromium.launch({ executablePath: kChromium, args: ['--no-sandbox'] });
  const context = await browser.newContext({
    colorScheme: scheme,
    locale,
    viewport: { width: size[0], height: size[1] },
    acceptDownloads: true,
  });
  const tab = await context.newPage();
  tab.setDefaultTimeout(kPatienceMs);
  if (slower > 1) {
    const session = await context.newCDPSession(tab);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  }
  tab.faults = [];
  tab.on('pageerror', (error) => tab.faults.push(`error: ${error.message}`));
  tab.on('console', (message) => {
    const text = message.text();
    // A refused or failed request is written there too; the page's own words on it are tested.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) tab.faults.push(text);
  });
  tab.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== program.url && protocol !== 'blob:' && protocol !== 'data:') {
      tab.faults.push(`leaves the host: ${request.url()}`);
    }
  });
  await tab.goto(`${program.url}/#/${page}`);
  return tab;
}

/** Ends a tab and fails for anything that must not have happened in it. */
export async function close(tab) {
  assert.deepEqual(tab.faults, []);
  await tab.context().close();
}
