import {useResource} from '../../api/resource';
import type {AuditEntry} from '../../api/types';
import {t} from '../../i18n';
import {dateTime} from '../../ui/format';
import {Empty, Missing, Panel} from '../../ui/parts';

const kEveryMs = 10_000;
const kLimit = 200;

/** Who changed what: the program's audit trail, the latest first. */
export function Audit() {
  const audit = useResource<AuditEntry[]>(`/api/v1/audit?limit=${kLimit}`, kEveryMs);
  if (!audit.data) return <Missing error={audit.error} loading={audit.loading} />;
  const entries = audit.data;
  return (
    <Panel title={t('system.audit')} note={t('audit.note')}>
      {entries.length === 0 ? (
        <Empty title={t('audit.none')} />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-label={t('system.audit')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('col.time')}</th>
                <th scope="col">{t('col.by')}</th>
                <th scope="col">{t('col.what')}</th>
                <th scope="col">{t('col.note')}</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.number}>
                  <td class="nowrap">{dateTime(entry.time)}</td>
                  <td>{entry.actor}</td>
                  <td class="nowrap">{entry.action}</td>
                  <td class="detail">{entry.detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
