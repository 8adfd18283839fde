import {useState} from 'preact/hooks';

import {postJson} from '../../api/client';
import {useResource} from '../../api/resource';
import type {ModelEntry, ModelEvent} from '../../api/types';
import {t, word} from '../../i18n';
import {said} from '../../i18n/said';
import {Action} from '../../ui/confirm';
import {bytes, dateTime} from '../../ui/format';
import {Badge, Missing, Panel} from '../../ui/parts';
import {Card} from './card';
import {Proposals, Shadow} from './shadow';

const kEveryMs = 10_000;

function Acts({entry, onChange}: {entry: ModelEntry; onChange: () => void}) {
  if (entry.current) return <Badge level="normal">{t('models.serving')}</Badge>;
  return (
    <Action
      label={t('models.promote')}
      role="admin"
      class="button button-small"
      question={t('models.promoteQuestion', {version: entry.version})}
      run={(note) => postJson('/api/v1/models/promote', {version: entry.version, note})}
      done={t('models.promoted', {version: entry.version})}
      onDone={onChange}
      disabled={entry.fault !== undefined}
    />
  );
}

interface VersionsProps {
  entries: ModelEntry[];
  chosen: string | undefined;
  onChoose: (version: string) => void;
  onChange: () => void;
}

function Versions({entries, chosen, onChoose, onChange}: VersionsProps) {
  const newestFirst = [...entries].reverse();
  return (
    <Panel
      title={t('models.versions')}
      actions={
        <Action
          label={t('models.rollback')}
          role="admin"
          question={t('models.rollbackQuestion')}
          run={(note) => postJson('/api/v1/models/rollback', {note})}
          done={t('models.rolledBack')}
          onDone={onChange}
        />
      }
    >
      <div class="scroll" tabIndex={0} role="group" aria-label={t('models.versions')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('models.version')}</th>
              <th scope="col">{t('models.created')}</th>
              <th scope="col">{t('models.reason')}</th>
              <th scope="col">{t('models.data')}</th>
              <th scope="col" class="num">
                {t('models.size')}
              </th>
              <th scope="col">{t('col.state')}</th>
            </tr>
          </thead>
          <tbody>
            {newestFirst.map((entry) => (
              <tr key={entry.version} class={entry.version === chosen ? 'chosen' : ''}>
                <th scope="row">
                  <button
                    type="button"
                    class="link"
                    aria-pressed={entry.version === chosen}
                    onClick={() => onChoose(entry.version)}
                  >
                    {entry.version}
                  </button>
                </th>
                <td class="nowrap">{dateTime(entry.created)}</td>
                <td>
                  {said(entry.reason)} <span class="hint">{entry.by}</span>
                </td>
                <td>{entry.data}</td>
                <td class="num">{bytes(entry.bytes)}</td>
                <td>
                  <div class="row">
                    {entry.fault ? <Badge level="critical">{entry.fault}</Badge> : <Acts entry={entry} onChange={onChange} />}
                    {entry.pinned && <Badge level="unknown">{t('models.pinned')}</Badge>}
                    {entry.challenger && <Badge level="unknown">{t('models.challenger')}</Badge>}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Journal() {
  const events = useResource<{events: ModelEvent[]}>('/api/v1/models/history', kEveryMs);
  return (
    <Panel title={t('models.history')}>
      {events.data ? (
        <div class="scroll tall" tabIndex={0} role="group" aria-label={t('models.history')}>
          <table>
            <tbody>
              {events.data.events.map((event, i) => (
                <tr key={i}>
                  <td class="nowrap">{dateTime(event.time)}</td>
                  <th scope="row">{event.version}</th>
                  <td>{word('change', event.change)}</td>
                  <td>
                    {said(event.reason ?? '')} <span class="hint">{event.by}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Missing error={events.error} loading={events.loading} />
      )}
    </Panel>
  );
}

export function Page() {
  const models = useResource<{models: ModelEntry[]}>('/api/v1/models', kEveryMs);
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const [round, setRound] = useState(0);
  if (!models.data) return <Missing error={models.error} loading={models.loading} />;
  const entries = models.data.models;
  const current = entries.find((entry) => entry.current)?.version;
  const changed = () => {
    models.reload();
    setRound(round + 1);
  };
  return (
    <div class="stack">
      <Versions entries={entries} chosen={chosen ?? current} onChoose={setChosen} onChange={changed} />
      <Proposals onChange={changed} />
      <Shadow />
      {(chosen ?? current) && <Card version={(chosen ?? current)!} />}
      <Journal key={round} />
    </div>
  );
}
