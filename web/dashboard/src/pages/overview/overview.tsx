import {connection} from '../../api/client';
import type {AssetView} from '../../api/types';
import {t} from '../../i18n';
import {Schematic} from '../../schematic/schematic';
import {verdict} from '../../schematic/verdict';
import {ageSeconds, asset, chooseAsset, fleet, isStale} from '../../state/fleet';
import {age, number, quantity} from '../../ui/format';
import {Icon} from '../../ui/icons';
import {Badge, Empty, Missing, Panel} from '../../ui/parts';
import {Causes, CoilHealth, Findings, Gauge, Residuals} from './condition';
import {AlertCount, DriftStatus, Surroundings} from './surroundings';

function FleetCard({view, chosen}: {view: AssetView; chosen: boolean}) {
  const {level, text} = verdict(view);
  const stale = isStale(view) || connection.value === 'lost';
  return (
    <li>
      <button
        type="button"
        class={`cooler cooler-${level}${stale ? ' cooler-stale' : ''}`}
        aria-pressed={chosen}
        onClick={() => chooseAsset(view.asset)}
      >
        <span class="cooler-head">
          <strong>{view.asset}</strong>
          {level === 'normal' || level === 'unknown' ? (
            <span class="hint">{t(level === 'normal' ? 'fleet.normal' : 'fleet.note')}</span>
          ) : (
            <Badge level={level}>{t(`level.${level}`)}</Badge>
          )}
        </span>
        <span class="cooler-values">
          <span>
            <small>UCAOT</small> {quantity(view.targets.UCAOT.measured, 'degC')} °C
          </span>
          <span>
            <small>Q</small> {number(view.Q_thermal, 2)} kW
          </span>
          <span>
            <small>{t('health.short')}</small> {view.health ? `${number(100 * view.health.index, 0)} %` : '–'}
          </span>
          <span>
            <small>{t('data.ageShort')}</small> {age(ageSeconds(view))}
          </span>
          <span>
            <small>{t('nav.alerts')}</small> <AlertCount asset={view.asset} />
          </span>
          <span>
            <small>{t('nav.drift')}</small> <DriftStatus asset={view.asset} />
          </span>
        </span>
        {view.health && <Gauge index={view.health.index} />}
        <span class="hidden">{text}</span>
      </button>
    </li>
  );
}

function Sentence({view}: {view: AssetView}) {
  const {level, text} = verdict(view);
  return (
    <p class={`verdict verdict-${level}`} role="status">
      <Icon name={level === 'normal' ? 'check' : level === 'unknown' ? 'info' : level} size={22} />
      <span>{text}</span>
    </p>
  );
}

export function Page() {
  const views = fleet.value;
  const view = asset.value;
  if (!views) {
    return connection.value === 'lost' ? (
      <Empty title={t('missing.noAnswer')}>{t('missing.noAnswerText')}</Empty>
    ) : (
      <Missing error={undefined} loading />
    );
  }
  if (!view) return <Empty title={t('fleet.none')}>{t('fleet.noneText')}</Empty>;
  const stale = isStale(view) || connection.value === 'lost';
  return (
    <div class="overview">
      {views.length > 1 && (
        <ul class="fleet" aria-label={t('fleet.title')}>
          {views.map((entry) => (
            <FleetCard key={entry.asset} view={entry} chosen={entry.asset === view.asset} />
          ))}
        </ul>
      )}
      <div class={stale ? 'overview-body stale' : 'overview-body'}>
        <div class="overview-main">
          <Sentence view={view} />
          <Panel title={view.asset} note={t('schematic.note')} class="of-sample">
            <Schematic view={view} stale={stale} />
          </Panel>
          <Residuals view={view} />
        </div>
        <div class="overview-side">
          <CoilHealth view={view} />
          <Surroundings asset={view.asset} />
          <Findings view={view} />
          <Causes view={view} />
        </div>
      </div>
    </div>
  );
}
