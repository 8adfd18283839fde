import {useResource} from '../../api/resource';
import type {SystemState} from '../../api/types';
import {t} from '../../i18n';
import {bytes, dateTime, number} from '../../ui/format';
import {Badge, Facts, Missing, Panel} from '../../ui/parts';

const kEveryMs = 10_000;

function StoreState({store}: {store: SystemState['store']}) {
  return store.failure ? <Badge level="critical">{store.failure}</Badge> : <>{store.place}</>;
}

function BrokerState({mqtt}: {mqtt: SystemState['mqtt']}) {
  const incoming = mqtt?.incoming;
  if (!incoming) return <>{t('program.noBroker')}</>;
  if (incoming.subscribed) return <>{t('program.subscribed')}</>;
  return <Badge level="warning">{incoming.last_error || t('connection.connecting')}</Badge>;
}

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
  return (
    <Panel title={t('program.title')} note={`${system.host} · ${system.home}`}>
      <Facts
        list={[
          [t('models.version'), system.program_version],
          [t('program.started'), dateTime(system.started)],
          [t('program.store'), <StoreState key="store" store={system.store} />],
          [t('program.broker'), <BrokerState key="broker" mqtt={system.mqtt} />],
          [t('program.samples'), number(system.samples_stored, 0)],
          [t('program.memory'), bytes(system.process.resident_bytes)],
          [t('program.threads'), number(system.process.threads, 0)],
          [
            t('program.disk'),
            system.disk ? `${bytes(system.disk.free_bytes)} (${number(system.disk.free_percent, 0)} %)` : '–',
          ],
        ]}
      />
    </Panel>
  );
}
