import type {ComponentChildren} from 'preact';
import {useState} from 'preact/hooks';

import {ApiError} from '../api/client';
import {t} from '../i18n';
import {may, type Role} from '../state/session';
import {Dialog} from './parts';
import {say} from './toast';

interface ActionProps {
  /** On the button, and as the title of the question. */
  label: string;
  role: Role;
  /** What will happen. */
  question: string;
  /** Does it, with the note that was written. */
  run: (note: string) => Promise<unknown>;
  done: string;
  onDone?: () => void;
  note?: 'asked' | 'required' | 'none';
  children?: ComponentChildren;
  class?: string;
  disabled?: boolean;
}

/** A button that changes something: asks first, takes a note for the audit, says how it went. */
export function Action(props: ActionProps) {
  const {label, role, question, run, done, note = 'asked'} = props;
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const allowed = may(role);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError('');
    try {
      await run(text.trim());
      setOpen(false);
      setText('');
      say(done);
      props.onDone?.();
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class={props.class ?? 'button'}
        disabled={!allowed || props.disabled}
        title={allowed ? undefined : t('role.needed', {role: t(`role.${role}`)})}
        onClick={() => setOpen(true)}
      >
        {label}
      </button>
      <Dialog title={label} open={open} onClose={() => setOpen(false)}>
        <form onSubmit={submit} class="form">
          <p>{question}</p>
          {props.children}
          {note !== 'none' && (
            <label class="field-block">
              <span>{t('confirm.note')}</span>
              <textarea
                rows={2}
                value={text}
                required={note === 'required'}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
          )}
          {error && (
            <p class="error" role="alert">
              {error}
            </p>
          )}
          <div class="form-actions">
            <button type="button" class="button" onClick={() => setOpen(false)}>
              {t('action.cancel')}
            </button>
            <button type="submit" class="button button-primary" disabled={busy}>
              {busy ? t('action.working') : t('action.confirm')}
            </button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
