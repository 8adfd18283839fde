#include "api/ops_service.h"

#include <boost/json.hpp>

#include "api/json_answer.h"
#include "api/json_writer.h"
#include "api/problem.h"
#include "api/request_values.h"
#include "base/iso_time.h"
#include "base/json.h"
#include "ops/backup.h"
#include "ops/backup_json.h"
#include "ops/drill.h"

namespace hvac::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kShownLogs = 100;
constexpr std::size_t kShownBackups = 500;

json::object shown(const ops::Backup& backup) {
  json::object object = ops::backup_json(backup);
  object["fault"] = backup.fault ? backup.fault->message : std::string();
  return object;
}

}  // namespace

void write_backups(const UpkeepDesk& desk, Response& response) {
  const ops::Catalog catalog(desk.home / "backups");
  const auto backups = catalog.list();
  if (!backups) return write_problem(problem_of(backups.error()), response);
  const auto drills = ops::read_drills(catalog);
  if (!drills) return write_problem(problem_of(drills.error()), response);
  json::array rows;
  for (auto backup = backups->rbegin(); backup != backups->rend() && rows.size() < kShownBackups;
       ++backup) {
    rows.push_back(shown(*backup));
  }
  json::object object{{"count", backups->size()}, {"backups", std::move(rows)}};
  const auto covered = ops::covered_until(catalog, *backups);
  object["covered_until"] = covered ? json::value(iso_text(*covered).c_str()) : json::value();
  object["drill"] = nullptr;
  if (!drills->empty()) {
    if (auto last = parse_json(ops::drill_text(drills->back()))) object["drill"] = std::move(*last);
  }
  answer(object, response);
}

void write_maintenance(const UpkeepDesk& desk, Response& response) {
  const auto logs = ops::read_logs(desk.home, kShownLogs);
  if (!logs) return write_problem(problem_of(logs.error()), response);
  json::array list;
  for (const std::string& log : *logs) {
    if (auto document = parse_json(log)) list.push_back(std::move(*document));
  }
  answer({{"under_way", desk.under_way()}, {"logs", std::move(list)}}, response);
}

void start_maintenance(const UpkeepDesk& desk, const Request& request, Response& response) {
  RequestValues path(request);
  const std::string word = path.path("level");
  if (path.refused(response)) return;
  const auto level = ops::parse_level(word);
  if (!level) {
    return write_problem({.status = 404,
                          .kind = "not_found",
                          .detail = "there is no level " + word,
                          .field = "level",
                          .value = word,
                          .limit = "daily, weekly, monthly, quarterly or annual",
                          .suggestion = ""},
                         response);
  }
  BodyValues body(request);
  std::string by = body.text("operator", 100);
  const std::string note = body.text("note");
  if (body.refused(response)) return;
  if (by.empty()) by = request.caller;
  if (auto begun = desk.maintain(*level, by, note); !begun) {
    return write_problem(problem_of(begun.error()), response);
  }
  response.status = 202;
  answer({{"under_way", word}, {"operator", by}}, response);
}

}  // namespace hvac::api
