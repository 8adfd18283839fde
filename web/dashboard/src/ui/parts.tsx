import type {ComponentChildren} from 'preact';
import {useEffect, useId, useRef} from 'preact/hooks';

import type {ApiError} from '../api/client';
import {t} from '../i18n';
import {Icon} from './icons';

/** How bad something is. Only `warning` and `critical` have a colour. */
export type Level = 'normal' | 'unknown' | 'warning' | 'critical';

export function Badge({level, children}: {level: Level; children: ComponentChildren}) {
  return (
    <span class={`badge badge-${level}`}>
      {(level === 'warning' || level === 'critical') && <Icon name={level} size={14} />}
      {children}
    </span>
  );
}

interface PanelProps {
  title: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
  note?: string;
}

export function Panel({title, actions, children, note, ...rest}: PanelProps) {
  const id = useId();
  return (
    <section class={`panel ${rest.class ?? ''}`} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {note && <span class="panel-note">{note}</span>}
        {actions && <div class="panel-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** Names and values side by side, as many as fit in a line. */
export function Facts({list}: {list: readonly (readonly [string, ComponentChildren])[]}) {
  return (
    <dl class="facts">
      {list.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A sentence of the program, in which `commands` stand between backticks. */
export function WithCode({text}: {text: string}) {
  return <>{text.split('`').map((part, i) => (i % 2 === 1 ? <code key={i}>{part}</code> : part))}</>;
}

/** Says plainly that there is nothing to show, and why. */
export function Empty({title, children}: {title: string; children?: ComponentChildren}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="empty-text">{children}</div>}
    </div>
  );
}

/** What stands where data should be: loading, not offered by this program, refused or failed. */
export function Missing({error, loading}: {error: ApiError | undefined; loading: boolean}) {
  if (error?.notThere) return <Empty title={t('missing.notThere')}>{t('missing.notThereText')}</Empty>;
  if (error?.status === 0) return <Empty title={t('missing.noAnswer')}>{t('missing.noAnswerText')}</Empty>;
  if (error) {
    return (
      <div role="alert">
        <Empty title={t('missing.refused', {status: error.status})}>{error.message}</Empty>
      </div>
    );
  }
  return loading ? <Empty title={t('missing.loading')} /> : null;
}

interface DialogProps {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({title, open, onClose, children}: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open && !ref.current?.open) ref.current?.showModal();
    if (!open && ref.current?.open) ref.current.close();
  }, [open]);
  return (
    <dialog ref={ref} aria-labelledby={id} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button-icon" aria-label={t('action.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {open && children}
    </dialog>
  );
}

interface Choice<T extends string> {
  value: T;
  label: string;
}

interface ChoicesProps<T extends string> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
}

/** A few exclusive choices side by side. */
export function Choices<T extends string>({label, value, choices, onChange}: ChoicesProps<T>) {
  return (
    <div class="choices" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

export function Select<T extends string>({label, value, choices, onChange}: ChoicesProps<T>) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}
