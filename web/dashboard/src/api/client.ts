import {signal} from '@preact/signals';

import type {Problem} from './types';

/** Whether the program answers. `refused`: it does, but wants a key. */
export type Connection = 'connecting' | 'connected' | 'lost';
export const connection = signal<Connection>('connecting');
/** True when an answer said that a key is needed or wrong. */
export const keyWanted = signal(false);
/** Server time minus this machine's [ms], from the Date header of the last answer. */
export const clockSkewMs = signal(0);

const kKeySlot = 'hvac-twin.key';
const kTimeoutMs = 15_000;

/** An answer that is no success, or none at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail || problem.title);
  }
  /** The program that runs has no such route or part; other than a thing that is not there yet. */
  get notThere(): boolean {
    return this.status === 404 && /nothing at this path|does not run here/.test(this.problem.detail);
  }
}

export function apiKey(): string {
  return sessionStorage.getItem(kKeySlot) ?? '';
}

/** Kept for this browser tab only. */
export function setApiKey(key: string): void {
  if (key) sessionStorage.setItem(kKeySlot, key);
  else sessionStorage.removeItem(kKeySlot);
}

export function authHeaders(): Record<string, string> {
  const key = apiKey();
  return key ? {Authorization: `Bearer ${key}`} : {};
}

function problemOf(status: number, detail: string): Problem {
  return {type: 'about:blank', title: detail, status, detail};
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const problem = JSON.parse(text) as Partial<Problem>;
    return {...problemOf(response.status, response.statusText), ...problem};
  } catch {
    return problemOf(response.status, text.slice(0, 300) || response.statusText);
  }
}

function noteAnswer(response: Response): void {
  connection.value = 'connected';
  const date = Date.parse(response.headers.get('Date') ?? '');
  if (!Number.isNaN(date)) clockSkewMs.value = date - Date.now();
}

export interface Ask extends RequestInit {
  /** After this long without an answer it counts as lost. */
  timeoutMs?: number;
}

/**
 * Fetches `path` of this origin. Rejects with ApiError for anything but success; an aborted request
 * rejects with the signal's reason. A lost connection shows in `connection`.
 */
export async function request(path: string, {timeoutMs = kTimeoutMs, ...init}: Ask = {}): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(path, {
      ...init,
      headers: {...authHeaders(), ...init.headers},
      signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
      cache: 'no-store',
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    connection.value = 'lost';
    throw new ApiError(0, problemOf(0, 'no answer'));
  }
  noteAnswer(response);
  if (response.ok) return response;
  if (response.status === 401) keyWanted.value = true;
  // A gateway's answer: the dashboard is served, but the program behind it is not.
  if (response.status === 502 || response.status === 504) connection.value = 'lost';
  throw new ApiError(response.status, await readProblem(response));
}

/** Errors: as `request`; also when the answer broke off or is no JSON. */
async function readJson<T>(response: Response, abort: AbortSignal | undefined): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (abort?.aborted) throw error;
    throw new ApiError(0, problemOf(0, `the answer could not be read: ${String(error)}`));
  }
}

export async function getJson<T>(path: string, abort?: AbortSignal, timeoutMs = kTimeoutMs): Promise<T> {
  const response = await request(path, {timeoutMs, ...(abort ? {signal: abort} : {})});
  return readJson<T>(response, abort);
}

export async function postJson<T>(path: string, body: unknown, abort?: AbortSignal): Promise<T> {
  const response = await request(path, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
    ...(abort ? {signal: abort} : {}),
  });
  return readJson<T>(response, abort);
}

/** `path` with the parameters that are not empty. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parts.set(name, String(value));
  }
  const text = parts.toString();
  return text ? `${path}?${text}` : path;
}
