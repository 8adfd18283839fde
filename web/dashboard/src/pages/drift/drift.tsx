import {t} from '../../i18n';
import {Empty} from '../../ui/parts';

export function Page() {
  return <Empty title={t('missing.notThere')}>{t('missing.notThereText')}</Empty>;
}
