#pragma once

// What most files include anyway, read once per build instead of once per file: in the dev preset.
// A file still includes what it uses; the other presets do without this.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
