#include "trees/model/onnx.h"

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <vector>

#include "trees/predict/forest.h"

namespace hvac::trees {
namespace {

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOpset = 15;
constexpr std::int64_t kTreeOpset = 3;
constexpr const char* kTreeDomain = "ai.onnx.ml";

tl::unexpected<Error> cannot(std::string what) {
  return fail(ErrorCode::invalid_argument, "ONNX: " + std::move(what));
}

onnx::AttributeProto& attribute(onnx::NodeProto& node, const char* name,
                                onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto* added = node.add_attribute();
  added->set_name(name);
  added->set_type(type);
  return *added;
}

// The arrays of a TreeEnsembleRegressor, an entry per node.
class Arrays {
 public:
  explicit Arrays(onnx::NodeProto& node)
      : tree_ids_(ints(node, "nodes_treeids")),
        node_ids_(ints(node, "nodes_nodeids")),
        features_(ints(node, "nodes_featureids")),
        values_(floats(node, "nodes_values")),
        modes_(attribute(node, "nodes_modes", onnx::AttributeProto::STRINGS)),
        true_ids_(ints(node, "nodes_truenodeids")),
        false_ids_(ints(node, "nodes_falsenodeids")),
        missing_true_(ints(node, "nodes_missing_value_tracks_true")),
        target_trees_(ints(node, "target_treeids")),
        target_nodes_(ints(node, "target_nodeids")),
        target_ids_(ints(node, "target_ids")),
        target_weights_(floats(node, "target_weights")) {}

  // Splits keep their numbers; leaf i is node splits + i.
  void add(std::int64_t tree_id, const PlainTree& tree, const Forest& forest) {
    const auto splits = static_cast<std::int64_t>(tree.splits.size());
    const auto id = [&](std::int32_t child) {
      return child >= 0 ? std::int64_t{child} : splits + ~child;
    };
    for (std::int64_t i = 0; i < splits; ++i) {
      const PlainSplit& split = tree.splits[static_cast<std::size_t>(i)];
      add_node(tree_id, i, "BRANCH_LEQ", forest.columns[split.column].feature,
               round_down(split.threshold), id(split.left), id(split.right), split.nan_left);
    }
    for (std::size_t leaf = 0; leaf < tree.leaves.size(); ++leaf) {
      const std::int64_t node = splits + static_cast<std::int64_t>(leaf);
      add_node(tree_id, node, "LEAF", 0, 0.0F, 0, 0, false);
      target_trees_.add_ints(tree_id);
      target_nodes_.add_ints(node);
      target_ids_.add_ints(tree.output);
      target_weights_.add_floats(
          static_cast<float>(forest.outputs[tree.output].factor * tree.leaves[leaf]));
    }
  }

 private:
  static onnx::AttributeProto& ints(onnx::NodeProto& node, const char* name) {
    return attribute(node, name, onnx::AttributeProto::INTS);
  }
  static onnx::AttributeProto& floats(onnx::NodeProto& node, const char* name) {
    return attribute(node, name, onnx::AttributeProto::FLOATS);
  }

  void add_node(std::int64_t tree, std::int64_t node, const char* mode, std::int64_t feature,
                float value, std::int64_t on_true, std::int64_t on_false, bool missing_true) {
    tree_ids_.add_ints(tree);
    node_ids_.add_ints(node);
    features_.add_ints(feature);
    values_.add_floats(value);
    modes_.add_strings(mode);
    true_ids_.add_ints(on_true);
    false_ids_.add_ints(on_false);
    missing_true_.add_ints(missing_true ? 1 : 0);
  }

  onnx::AttributeProto& tree_ids_;
  onnx::AttributeProto& node_ids_;
  onnx::AttributeProto& features_;
  onnx::AttributeProto& values_;
  onnx::AttributeProto& modes_;
  onnx::AttributeProto& true_ids_;
  onnx::AttributeProto& false_ids_;
  onnx::AttributeProto& missing_true_;
  onnx::AttributeProto& target_trees_;
  onnx::AttributeProto& target_nodes_;
  onnx::AttributeProto& target_ids_;
  onnx::AttributeProto& target_weights_;
};

Result<Forest> plain_forest(std::span<const NamedEnsemble> models) {
  std::vector<Ensemble> ensembles;
  for (const NamedEnsemble& model : models) ensembles.push_back(model.ensemble);
  if (auto ok = check_ensembles(ensembles); !ok) return fail(ok.error());
  auto forest = make_forest(ensembles);
  if (!forest) return cannot("trees cannot have linear leaves");
  for (const Column& column : forest->columns) {
    if (column.kind == ColumnKind::category)
      return cannot("trees cannot split on sets of categories");
    if (column.kind == ColumnKind::zero_missing) return cannot("zero cannot be a missing value");
  }
  for (const OutputRule& rule : forest->outputs) {
    if (rule.transform != forest->outputs.front().transform ||
        rule.transform_scale != forest->outputs.front().transform_scale) {
      return cannot("models with different objectives cannot share a graph");
    }
  }
  return std::move(*forest);
}

onnx::NodeProto& add_operator(onnx::GraphProto& graph, const char* type, const std::string& input,
                              const std::string& output) {
  onnx::NodeProto* node = graph.add_node();
  node->set_op_type(type);
  node->add_input(input);
  node->add_output(output);
  return *node;
}

// What turns sums into predictions. Returns nothing when there is no such operator.
Result<void> add_transform(onnx::GraphProto& graph, const OutputRule& rule, const std::string& sums,
                           const std::string& predictions) {
  if (rule.transform_scale != 1.0) return cannot("the objective's scale is not 1");
  switch (rule.transform) {
    case Transform::identity:
      add_operator(graph, "Identity", sums, predictions);
      return {};
    case Transform::exponential:
      add_operator(graph, "Exp", sums, predictions);
      return {};
    case Transform::sigmoid:
      add_operator(graph, "Sigmoid", sums, predictions);
      return {};
    case Transform::softplus:
      add_operator(graph, "Softplus", sums, predictions);
      return {};
    case Transform::signed_square: {
      add_operator(graph, "Abs", sums, "size");
      add_operator(graph, "Mul", sums, predictions).add_input("size");
      return {};
    }
  }
  return cannot("the objective is unknown");
}

void set_matrix(onnx::ValueInfoProto& value, const char* name, std::size_t columns) {
  value.set_name(name);
  onnx::TypeProto_Tensor* tensor = value.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  tensor->mutable_shape()->add_dim()->set_dim_param("rows");
  tensor->mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(columns));
}

void add_trees(onnx::GraphProto& graph, const Forest& forest) {
  onnx::NodeProto& node = add_operator(graph, "TreeEnsembleRegressor", "features", "sums");
  node.set_domain(kTreeDomain);
  onnx::AttributeProto& targets = attribute(node, "n_targets", onnx::AttributeProto::INT);
  targets.set_i(static_cast<std::int64_t>(forest.outputs.size()));
  onnx::AttributeProto& base = attribute(node, "base_values", onnx::AttributeProto::FLOATS);
  for (const OutputRule& rule : forest.outputs) base.add_floats(static_cast<float>(rule.base));
  Arrays arrays(node);
  for (std::size_t i = 0; i < forest.trees.size(); ++i) {
    arrays.add(static_cast<std::int64_t>(i), forest.trees[i], forest);
  }
}

void add_metadata(onnx::ModelProto& model, const char* key, const std::string& value) {
  onnx::StringStringEntryProto* entry = model.add_metadata_props();
  entry->set_key(key);
  entry->set_value(value);
}

Result<void> check(const onnx::ModelProto& model) {
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    return cannot(std::string("the checker refuses the graph: ") + error.what());
  }
  return {};
}

}  // namespace

Result<std::string> onnx_bytes(std::span<const NamedEnsemble> models) {
  const auto forest = plain_forest(models);
  if (!forest) return fail(forest.error());
  if (forest->trees.empty()) return cannot("a graph needs at least one tree");
  onnx::ModelProto model;
  model.set_ir_version(kIrVersion);
  model.set_producer_name("hvac-twin");
  model.add_opset_import()->set_version(kOpset);
  onnx::OperatorSetIdProto* tree_opset = model.add_opset_import();
  tree_opset->set_domain(kTreeDomain);
  tree_opset->set_version(kTreeOpset);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("trees");
  set_matrix(*graph.add_input(), "features", forest->features);
  set_matrix(*graph.add_output(), "predictions", forest->outputs.size());
  add_trees(graph, *forest);
  if (auto ok = add_transform(graph, forest->outputs.front(), "sums", "predictions"); !ok) {
    return fail(ok.error());
  }
  std::vector<std::string> targets;
  for (const NamedEnsemble& named : models) targets.push_back(named.name);
  add_metadata(model, "feature_names",
               fmt::format("{}", fmt::join(models.front().ensemble.feature_names, ",")));
  add_metadata(model, "target_names", fmt::format("{}", fmt::join(targets, ",")));
  if (auto ok = check(model); !ok) return fail(ok.error());
  std::string bytes;
  if (!model.SerializeToString(&bytes)) return cannot("the graph is too large for one file");
  return bytes;
}

}  // namespace hvac::trees
