import {t} from '../../i18n';
import {Empty} from '../../ui/parts';

export function Maintenance() {
  return <Empty title={t('missing.notThere')}>{t('missing.notThereText')}</Empty>;
}
