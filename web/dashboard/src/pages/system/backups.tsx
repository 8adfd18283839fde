import {useResource} from '../../api/resource';
import type {BackupState, Drill} from '../../api/types';
import {t, word} from '../../i18n';
import {age, bytes, dateTime} from '../../ui/format';
import {Badge, Empty, Facts, Missing, Panel} from '../../ui/parts';

const kEveryMs = 30_000;

function LastDrill({drill}: {drill: Drill | null}) {
  return (
    <Panel title={t('backup.drill')} note={t('backup.drillNote')}>
      {drill ? (
        <Facts
          list={[
            [t('col.time'), dateTime(drill.time)],
            [
              t('col.state'),
              <Badge key="state" level={drill.passed ? 'normal' : 'critical'}>
                {drill.passed ? t('models.passed') : drill.fault}
              </Badge>,
            ],
            [t('backup.rto'), age(drill.rto_s)],
            [t('backup.rpo'), age(drill.rpo_s)],
            [t('backup.id'), drill.backup],
            [t('col.by'), drill.by],
          ]}
        />
      ) : (
        <Empty title={t('backup.noDrill')}>
          <code>hvac-twin backup drill</code>
        </Empty>
      )}
    </Panel>
  );
}

/** What is backed up, and whether it could be restored when it was last tried. */
export function Backups() {
  const answer = useResource<BackupState>('/api/v1/backups', kEveryMs);
  if (!answer.data) return <Missing error={answer.error} loading={answer.loading} />;
  const newestFirst = answer.data.backups;
  return (
    <>
      <LastDrill drill={answer.data.drill} />
      <Panel title={t('system.backups')} note={t('backup.count', {n: newestFirst.length, time: dateTime(answer.data.covered_until)})}>
        {newestFirst.length === 0 ? (
          <Empty title={t('backup.none')}>
            <code>hvac-twin backup create</code>
          </Empty>
        ) : (
          <div class="scroll tall-table" tabIndex={0} role="group" aria-label={t('system.backups')}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('models.created')}</th>
                  <th scope="col">{t('backup.kind')}</th>
                  <th scope="col" class="num">
                    {t('models.size')}
                  </th>
                  <th scope="col">{t('backup.encrypted')}</th>
                  <th scope="col">{t('col.state')}</th>
                  <th scope="col">{t('backup.id')}</th>
                </tr>
              </thead>
              <tbody>
                {newestFirst.map((backup) => (
                  <tr key={backup.id}>
                    <td class="nowrap">{dateTime(backup.created)}</td>
                    <td>{word('backup', backup.kind)}</td>
                    <td class="num">{bytes(backup.size)}</td>
                    <td>{t(backup.encrypted ? 'word.yes' : 'word.no')}</td>
                    <td>
                      {backup.fault ? (
                        <Badge level="critical">{backup.fault}</Badge>
                      ) : (
                        <Badge level="normal">{t('backup.sound')}</Badge>
                      )}
                    </td>
                    <td class="code">{backup.id}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
    </>
  );
}
