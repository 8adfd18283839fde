import type {FunctionComponent} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';

import {connection, keyWanted} from './api/client';
import {language, setLanguage, t} from './i18n';
import {Page as Overview} from './pages/overview/overview';
import {Login, Who} from './pages/login';
import {ageSeconds, asset, chooseAsset, fleet, health, isStale, openAlerts} from './state/fleet';
import {kPages, link, type PageName, route} from './state/route';
import {stored, storedAsset} from './state/stored';
import {setTheme, theme} from './state/theme';
import {age} from './ui/format';
import {Icon} from './ui/icons';
import {lazy} from './ui/lazy';
import {Badge} from './ui/parts';
import {Toasts} from './ui/toast';

const kShown: Record<PageName, FunctionComponent> = {
  overview: Overview,
  predict: lazy(() => import('./pages/predict/predict')),
  live: lazy(() => import('./pages/live/live')),
  history: lazy(() => import('./pages/history/history')),
  drift: lazy(() => import('./pages/drift/drift')),
  alerts: lazy(() => import('./pages/alerts/alerts')),
  models: lazy(() => import('./pages/models/models')),
  system: lazy(() => import('./pages/system/system')),
};

function Navigation() {
  const current = route.value.page;
  const chosen = route.value.query.get('asset');
  return (
    <nav aria-label={t('nav.label')} class="nav">
      <a class="brand" href={link('overview')} aria-label="hvac-twin">
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <path d="M6 10h14a2.8 2.8 0 1 0-2.6-3.9M6 16h19M6 22h13a2.8 2.8 0 1 1-2.6 3.9" />
        </svg>
        <span>hvac-twin</span>
      </a>
      <ul>
        {kPages.map((page) => (
          <li key={page}>
            <a
              href={link(page, chosen ? {asset: chosen} : {})}
              aria-current={page === current ? 'page' : undefined}
            >
              <Icon name={page} />
              <span>{t(`nav.${page}`)}</span>
              {page === 'alerts' && !!openAlerts.value?.length && (
                <span class="count">
                  {openAlerts.value.length}
                  <span class="hidden"> {t('nav.openAlerts')}</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function ConnectionState() {
  const lost = connection.value === 'lost';
  const text = t(`connection.${connection.value}`);
  return (
    <span class="state" role="status">
      {lost ? (
        <Badge level="critical">{text}</Badge>
      ) : (
        <span class="state-ok">
          <Icon name={connection.value === 'connected' ? 'check' : 'more'} size={14} />
          {text}
        </span>
      )}
    </span>
  );
}

function DataAge() {
  const view = asset.value;
  if (!view) return null;
  // The history of a cooler that sends nothing now has no age.
  if (route.value.page === 'history' && stored.value && storedAsset.value?.asset !== view.asset) return null;
  const text = t('data.age', {age: age(ageSeconds(view))});
  if (connection.value === 'lost' || isStale(view)) return <Badge level="warning">{text}</Badge>;
  return <span class="state-item">{text}</span>;
}

function ModelState() {
  const now = health.value;
  if (!now) return null;
  const simulated = now.model_origin === 'simulated';
  return (
    <a class="state-item" href={link('models')}>
      {t('data.model', {version: now.model_version ?? now.version})}
      {simulated && ` · ${t('data.simulated')}`}
      {now.status !== 'healthy' && <Badge level="warning">{t(`health.${now.status}` as 'health.degraded')}</Badge>}
    </a>
  );
}

function AssetChoice() {
  const names = (fleet.value ?? []).map((view) => view.asset);
  const ofStored = route.value.page === 'history';
  if (ofStored) names.push(...(stored.value ?? []).map((each) => each.asset).filter((name) => !names.includes(name)));
  const chosen = ofStored ? storedAsset.value?.asset : asset.value?.asset;
  if (names.length < 2) return names[0] ? <span class="state-item">{names[0]}</span> : null;
  return (
    <label class="asset-choice">
      <span class="hidden">{t('data.asset')}</span>
      <select value={chosen} onChange={(event) => chooseAsset(event.currentTarget.value)}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function Settings() {
  const next = {system: 'light', light: 'dark', dark: 'system'} as const;
  const icon = {system: 'system_theme', light: 'sun', dark: 'moon'} as const;
  return (
    <div class="settings">
      <button
        type="button"
        class="button-icon button-text"
        lang={language.value === 'en' ? 'es' : 'en'}
        aria-label={language.value === 'en' ? 'ES: español' : 'EN: English'}
        onClick={() => void setLanguage(language.value === 'en' ? 'es' : 'en')}
      >
        {language.value === 'en' ? 'ES' : 'EN'}
      </button>
      <button
        type="button"
        class="button-icon"
        aria-label={t(`theme.${theme.value}`)}
        title={t(`theme.${theme.value}`)}
        onClick={() => setTheme(next[theme.value])}
      >
        <Icon name={icon[theme.value]} />
      </button>
      <Who />
    </div>
  );
}

export function App() {
  const {page} = route.value;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // A new page is announced and starts at its top, at once: the next key already belongs to it.
  useLayoutEffect(() => {
    if (!first.current) {
      main.current?.focus({preventScroll: true});
      window.scrollTo(0, 0);
    }
    first.current = false;
  }, [page]);
  const Shown = kShown[page];
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), main.current?.focus())}>
        {t('nav.skip')}
      </a>
      <Navigation />
      <div class={`frame${connection.value === 'lost' ? ' frame-lost' : ''}`}>
        <header class="top">
          <h1>{t(`nav.${page}`)}</h1>
          <AssetChoice />
          <div class="top-state">
            <ModelState />
            <DataAge />
            <ConnectionState />
          </div>
          <Settings />
        </header>
        <main ref={main} id="main" tabIndex={-1} aria-label={t(`nav.${page}`)}>
          {keyWanted.value ? <Login /> : <Shown key={page} />}
        </main>
      </div>
      <Toasts />
    </>
  );
}
