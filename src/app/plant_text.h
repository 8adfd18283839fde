#pragma once

#include <string>

#include "plant/plant.h"

/// A simulated cooler's readings as text: the same that a real one's controller would write.
namespace hvac::app {

/// "timestamp;AMBT;UCTSP;…": the header of its telemetry file.
std::string telemetry_header();

/// One row: ISO 8601 time in UTC, then the values, empty where missing.
std::string telemetry_row(const plant::PlantReading& reading);

/// A row without values, which ends a recording.
std::string blank_row();

/// The same for the truth beside it: faults as "name:severity|…", then what is so in truth.
std::string truth_header();
std::string truth_row(const plant::PlantReading& reading);

/// {"timestamp":"…","data":{"AMBT":23.1,…}}: the message a cooler sends; missing values are left
/// out.
std::string telemetry_message(const plant::PlantReading& reading);

}  // namespace hvac::app
