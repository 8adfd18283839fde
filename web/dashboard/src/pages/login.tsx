import {useState} from 'preact/hooks';

import {ApiError, apiKey} from '../api/client';
import {t} from '../i18n';
import {logIn, logOut, me, rolesKnown} from '../state/session';
import {Icon} from '../ui/icons';
import {Dialog} from '../ui/parts';
import {say} from '../ui/toast';

function KeyForm({onDone}: {onDone?: () => void}) {
  const [key, setKey] = useState('');
  const [error, setError] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    setError('');
    try {
      await logIn(key.trim());
      setKey('');
      if (me.value) say(t('login.done', {name: me.value.name, role: t(`role.${me.value.role}`)}));
      onDone?.();
    } catch (failure) {
      const refused = failure instanceof ApiError && (failure.status === 401 || failure.status === 403);
      setError(refused ? t('login.refused') : String((failure as Error).message));
    }
  };
  return (
    <form class="form" onSubmit={submit}>
      <p>{t('login.text')}</p>
      <label class="field-block">
        <span>{t('login.key')}</span>
        <input
          type="password"
          autocomplete="current-password"
          required
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <div class="form-actions">
        <button type="submit" class="button button-primary">
          {t('login.enter')}
        </button>
      </div>
    </form>
  );
}

/** Instead of a page, when the program wants a key. */
export function Login() {
  return (
    <section class="panel login">
      <h2>{t('login.title')}</h2>
      <KeyForm />
    </section>
  );
}

/** Who one is, and the way to be somebody else. */
export function Who() {
  const [open, setOpen] = useState(false);
  const who = me.value;
  if (!rolesKnown.value) return null;
  return (
    <>
      <button
        type="button"
        class="button-icon who"
        title={t('login.who')}
        aria-label={who ? `${t('login.who')}: ${who.name}, ${t(`role.${who.role}`)}` : t('login.title')}
        onClick={() => setOpen(true)}
      >
        <Icon name="user" />
        {who && (
          <span class="who-text">
            {who.name} · {t(`role.${who.role}`)}
          </span>
        )}
      </button>
      <Dialog title={t('login.title')} open={open} onClose={() => setOpen(false)}>
        {who && <p class="dialog-text">{t('login.now', {name: who.name, role: t(`role.${who.role}`)})}</p>}
        <KeyForm onDone={() => setOpen(false)} />
        {apiKey() && (
          <button
            type="button"
            class="button dialog-text"
            onClick={() => void logOut().then(() => setOpen(false))}
          >
            {t('login.leave')}
          </button>
        )}
      </Dialog>
    </>
  );
}
