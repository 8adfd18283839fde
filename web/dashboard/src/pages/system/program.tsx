import {useResource} from '../../api/resource';
import type {SystemState} from '../../api/types';
import {t} from '../../i18n';
import {bytes, dateTime, number} from '../../ui/format';
import {Badge, Missing, Panel} from '../../ui/parts';

const kEveryMs = 10_000;

/** What runs where, since when, and what it uses. */
export function ProgramState() {
  const answer = useResource<SystemState>('/api/v1/system', kEveryMs);
  const system = answer.data;
  if (!system) {
    return (
      <Panel title={t('program.title')}>
        <Missing error={answer.error} loading={answer.loading} />
      </Panel>
    );
  }
  const {incoming} = system.mqtt ?? {};
  return (
    <Panel title={t('program.title')} note={`${system.host} · ${system.home}`}>
      <dl class="pairs pairs-wide">
        <dt>{t('models.version')}</dt>
        <dd>{system.program_version}</dd>
        <dt>{t('program.started')}</dt>
        <dd>{dateTime(system.started)}</dd>
        <dt>{t('program.store')}</dt>
        <dd>
          {system.store.failure ? <Badge level="critical">{system.store.failure}</Badge> : system.store.place}
        </dd>
        <dt>{t('program.broker')}</dt>
        <dd>
          {!incoming && t('program.noBroker')}
          {incoming?.subscribed && t('connection.connected')}
          {incoming && !incoming.subscribed && <Badge level="warning">{incoming.last_error || '–'}</Badge>}
        </dd>
        <dt>{t('program.samples')}</dt>
        <dd>{number(system.samples_stored, 0)}</dd>
        <dt>{t('program.memory')}</dt>
        <dd>{bytes(system.process.resident_bytes)}</dd>
        <dt>{t('program.threads')}</dt>
        <dd>{number(system.process.threads, 0)}</dd>
        <dt>{t('program.disk')}</dt>
        <dd>{system.disk && `${bytes(system.disk.free_bytes)} (${number(system.disk.free_percent, 0)} %)`}</dd>
      </dl>
    </Panel>
  );
}
