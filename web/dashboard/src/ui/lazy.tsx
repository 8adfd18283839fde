import type {FunctionComponent} from 'preact';
import {useEffect, useState} from 'preact/hooks';

import {t} from '../i18n';
import {Empty} from './parts';

/** A page whose code is fetched when it is first shown. */
export function lazy(load: () => Promise<{Page: FunctionComponent}>): FunctionComponent {
  let loaded: FunctionComponent | undefined;
  return function LazyPage() {
    const [, redraw] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (module) => {
          loaded = module.Page;
          redraw((n) => n + 1);
        },
        () => setFailed(true),
      );
    }, []);
    if (loaded) {
      const Loaded = loaded;
      return <Loaded />;
    }
    return <Empty title={t(failed ? 'missing.noAnswer' : 'missing.loading')} />;
  };
}
