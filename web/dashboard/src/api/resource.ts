import {useCallback, useEffect, useState} from 'preact/hooks';

import {ApiError, getJson} from './client';

export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

/**
 * Keeps the answer of `path` (nothing while it is undefined), again every `everyMs` while the page
 * is in sight. The last good answer stays when a later one fails; a new path starts anew.
 */
export function useResource<T>(path: string | undefined, everyMs = 0): Resource<T> {
  const [state, setState] = useState<{path?: string; data?: T; error?: ApiError}>({});
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((n) => n + 1), []);

  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      if (document.hidden && everyMs > 0) return again();
      try {
        const data = await getJson<T>(path, abort.signal);
        if (!abort.signal.aborted) setState({path, data});
      } catch (error) {
        if (abort.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setState((before) => (before.path === path ? {...before, error} : {path, error}));
      }
      again();
    };
    const again = () => {
      if (everyMs > 0 && !abort.signal.aborted) timer = setTimeout(ask, everyMs);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, round]);

  const fresh = state.path === path;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    loading: path !== undefined && !(fresh && (state.data !== undefined || state.error)),
    reload,
  };
}
