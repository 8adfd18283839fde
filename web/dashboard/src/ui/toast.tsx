import {signal} from '@preact/signals';

import type {Level} from './parts';

interface Toast {
  id: number;
  text: string;
  level: Level;
}

const kShownMs = 6_000;
const toasts = signal<Toast[]>([]);
let nextId = 1;

/** Says `text` for a few seconds, also to screen readers. */
export function say(text: string, level: Level = 'normal'): void {
  const id = nextId++;
  toasts.value = [...toasts.value, {id, text, level}];
  setTimeout(() => (toasts.value = toasts.value.filter((toast) => toast.id !== id)), kShownMs);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((toast) => (
        <p key={toast.id} class={`toast toast-${toast.level}`}>
          {toast.text}
        </p>
      ))}
    </div>
  );
}
