#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/guarded.h"
#include "twin/model.h"

namespace hvac::api {

using ModelPointer = std::shared_ptr<const twin::Model>;

/// The model in service. A request takes it once and keeps it to its end, so that swapping never
/// disturbs one under way. Any thread.
class ModelSlot {
 public:
  explicit ModelSlot(ModelPointer model) : state_(State{std::move(model), std::nullopt}) {}

  ModelPointer model() const {
    return state_.with([](const State& state) { return state.model; });
  }

  /// Puts `model` to service; an earlier fault is over.
  void swap(ModelPointer model) {
    state_.with([&](State& state) { state = {std::move(model), std::nullopt}; });
  }

  /// A newer model could not be loaded: the old one goes on.
  void set_fault(std::string why) {
    state_.with([&](State& state) { state.fault = std::move(why); });
  }
  std::optional<std::string> fault() const {
    return state_.with([](const State& state) { return state.fault; });
  }

 private:
  struct State {
    ModelPointer model;
    std::optional<std::string> fault;
  };
  Guarded<State> state_;
};

}  // namespace hvac::api
