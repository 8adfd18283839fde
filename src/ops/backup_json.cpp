#include "ops/backup_json.h"

#include <boost/json.hpp>

#include "base/iso_time.h"

namespace hvac::ops {

boost::json::object backup_json(const Backup& backup) {
  const Card& card = backup.card;
  return {{"id", card.id},
          {"kind", name(card.kind)},
          {"created", iso_text(card.created)},
          {"parent", card.parent},
          {"model", card.model},
          {"store", card.store},
          {"encrypted", card.encrypted},
          {"files", card.files},
          {"size", card.size},
          {"ok", !backup.fault}};
}

}  // namespace hvac::ops
