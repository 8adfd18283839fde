import {signal} from '@preact/signals';

import {ApiError, getJson, keyWanted, setApiKey} from '../api/client';

export type Role = 'viewer' | 'operator' | 'admin';
export interface Me {
  name: string;
  role: Role;
}

const kRank: Record<Role, number> = {viewer: 0, operator: 1, admin: 2};

/** Who the program takes this browser for; nothing while unknown. */
export const me = signal<Me | undefined>(undefined);
/** False when the program cannot say who one is: it then refuses by itself what is not allowed. */
export const rolesKnown = signal(true);

export function may(role: Role): boolean {
  if (!rolesKnown.value) return true;
  return me.value !== undefined && kRank[me.value.role] >= kRank[role];
}

export async function loadMe(): Promise<void> {
  try {
    me.value = await getJson<Me>('/api/v1/me');
    rolesKnown.value = true;
    keyWanted.value = false;
  } catch (error) {
    me.value = undefined;
    if (error instanceof ApiError && error.notThere) rolesKnown.value = false;
    else throw error;
  }
}

/** Tries `key`; on failure nothing is kept and the error is thrown. */
export async function logIn(key: string): Promise<void> {
  setApiKey(key);
  try {
    await loadMe();
  } catch (error) {
    setApiKey('');
    throw error;
  }
}

export async function logOut(): Promise<void> {
  setApiKey('');
  me.value = undefined;
  await loadMe().catch(() => undefined);
}
