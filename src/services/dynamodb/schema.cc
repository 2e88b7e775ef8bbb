// What CreateTable and UpdateTable check of keys, attributes, indexes and capacities. Texts are DynamoDB's.
#include <algorithm>
#include <set>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/tables.h"

namespace fogbank::dynamodb {
namespace {

std::string names(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const auto& n : list) append(out, out.size() > 1 ? ", " : "", n);
  return out + ']';
}

std::vector<std::string> defined(const Table& t) {
  std::vector<std::string> out;
  for (const auto& a : t.attributes) out.push_back(a.name);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> key_names(std::string_view hash, std::string_view range) {
  std::vector<std::string> out{std::string(hash)};
  if (!range.empty()) out.emplace_back(range);
  return out;
}

/// Keys of a global index: up to four attributes each, those of the hash key first.
Result<void> read_index_keys(const List<svc::KeySchemaElement>& in, Index& out) {
  size_t hashes = 0, ranges = 0;
  for (const auto& k : in) (k.KeyType == "HASH" ? hashes : ranges)++;
  if (hashes < 2 && ranges < 2) return read_keys(in, out.hash, out.range);
  if (in[0].KeyType != "HASH") return fail(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
  if (hashes > 4 || ranges > 4) return fail(invalid_parameters(cat("A key of a global secondary index has at most 4 attributes of each type. IndexName: ", out.name)));
  std::set<std::string_view> seen;
  for (size_t i = 0; i < in.size(); i++) {
    bool hash = in[i].KeyType == "HASH";
    if (hash != (i < hashes)) return fail(invalid("Invalid KeySchema: HASH key attributes must come before RANGE key attributes"));
    if (!seen.insert(in[i].AttributeName).second) return fail(invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name"));
    if (i == 0) out.hash = in[i].AttributeName;
    else if (hash) out.more_hash.emplace_back(in[i].AttributeName);
    else if (i == hashes) out.range = in[i].AttributeName;
    else out.more_range.emplace_back(in[i].AttributeName);
  }
  return {};
}

std::vector<std::string> key_names(const Index& index) {
  std::vector<std::string> out;
  index.each_key([&](const std::string& name, bool) { out.push_back(name); });
  return out;
}

Result<void> read_projection(const svc::Projection* in, Index& out) {
  if (!in) return fail(invalid_parameters("Projection is required, but was null."));   // the model requires it; older clients leave it away
  if (!in->ProjectionType) return fail(invalid_parameters("Unknown ProjectionType: null"));
  if (in->ProjectionType == "ALL") out.projection = Projection::all;
  else if (in->ProjectionType == "KEYS_ONLY") out.projection = Projection::keys_only;
  else out.projection = Projection::include;
  if (in->NonKeyAttributes && out.projection != Projection::include)
    return fail(invalid_parameters(cat("ProjectionType is ", in->ProjectionType.view(), ", but NonKeyAttributes is specified")));
  if (out.projection == Projection::include && in->NonKeyAttributes.empty())
    return fail(invalid_parameters("ProjectionType is INCLUDE, but NonKeyAttributes is not specified"));
  std::set<std::string> seen;
  for (Str n : in->NonKeyAttributes)
    if (seen.insert(std::string(n)).second) out.included.emplace_back(n);
  return {};
}

}  // namespace

Result<void> read_attributes(const List<svc::AttributeDefinition>& in, std::vector<AttributeDefinition>& out) {
  for (const auto& a : in) {
    AttributeDefinition d;
    d.name = a.AttributeName;
    d.type = int64_t(type_named(a.AttributeType));
    bool again = false;
    for (const auto& o : out) {
      if (o.name != d.name) continue;
      again = true;
      if (o.type != d.type) return fail(invalid_parameters(cat("Cannot redefine attribute ", d.name, " with another type")));
    }
    if (again) return fail(invalid_parameters(cat("Duplicate AttributeName in AttributeDefinitions: ", d.name)));
    out.push_back(std::move(d));
  }
  return {};
}

Result<void> read_keys(const List<svc::KeySchemaElement>& in, std::string& hash, std::string& range) {
  if (in.size() > 2) {
    std::string elements;
    for (const auto& k : in) append(elements, elements.empty() ? "" : ", ", "KeySchemaElement(attributeName=", k.AttributeName.view(), ", keyType=", k.KeyType.view(), ')');
    return fail(invalid(cat("1 validation error detected: Value '[", elements, "]' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2")));
  }
  if (in.empty()) return fail(invalid_parameters("No Hash Key specified in schema.  All Dynamo DB tables must have exactly one hash key"));
  if (in[0].KeyType != "HASH") return fail(invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type"));
  hash = in[0].AttributeName;
  if (in.size() == 1) return {};
  if (in[1].KeyType != "RANGE") return fail(invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"));
  range = in[1].AttributeName;
  if (hash == range) return fail(invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name"));
  return {};
}

Result<Index> read_index(const Table& table, const IndexInput& in) {
  Index out;
  out.name = in.name;
  out.global = in.global;
  FB_TRY(check_table_name(out.name));
  for (const Index& other : table.indexes)
    if (other.name == out.name) return fail(invalid_parameters(cat("Duplicate index name: ", out.name)));
  if (in.global) FB_TRY(read_index_keys(*in.keys, out));
  else FB_TRY(read_keys(*in.keys, out.hash, out.range));
  for (const std::string& n : key_names(out)) {
    if (table.type_of(n) == Type::none)
      return fail(invalid_parameters(cat("Some index key attributes are not defined in AttributeDefinitions. Keys: ", names({n}), ", AttributeDefinitions: ", names(defined(table)))));
  }
  if (!in.global) {
    if (table.range.empty()) return fail(invalid_parameters("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"));
    if (out.range.empty()) return fail(invalid_parameters(cat("Index KeySchema does not have a range key for index: ", out.name)));
    if (out.hash != table.hash)
      return fail(invalid_parameters(cat("Index KeySchema does not have the same leading hash key as table KeySchema for index: ", out.name, ". index hash key: ", out.hash,
                                         ", table hash key: ", table.hash)));
  }
  FB_TRY(read_projection(in.projection, out));
  if (in.global) {
    FB_TRY(read_warm(in.warm, table.on_demand, cat("index ", out.name), out.warm_reads, out.warm_writes));
    FB_TRY(check_throughput(in.throughput, table.on_demand, out.name));
    if (in.throughput) {
      out.read_units = in.throughput->ReadCapacityUnits.value_or(0);
      out.write_units = in.throughput->WriteCapacityUnits.value_or(0);
    }
  }
  return out;
}

Result<void> check_attributes_used(const Table& t) {
  std::set<std::string> used;
  for (const std::string& n : key_names(t.hash, t.range)) {
    used.insert(n);
    if (t.type_of(n) == Type::none) {
      std::vector<std::string> keys = key_names(t.hash, t.range);
      if (t.attributes.size() < keys.size() && t.attributes.empty() == false && t.indexes.empty())
        return fail(invalid("Invalid KeySchema: Some index key attribute have no definition"));
      return fail(invalid_parameters(cat("Some index key attributes are not defined in AttributeDefinitions. Keys: ", names(keys), ", AttributeDefinitions: ", names(defined(t)))));
    }
  }
  for (const Index& i : t.indexes)
    for (const std::string& n : key_names(i)) used.insert(n);
  if (used.size() == t.attributes.size()) return {};
  if (t.indexes.empty())
    return fail(invalid_parameters("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"));
  std::vector<std::string> keys(used.begin(), used.end());
  return fail(invalid_parameters(cat("Some AttributeDefinitions are not used. AttributeDefinitions: ", names(defined(t)), ", keys used: ", names(keys))));
}

Result<void> check_throughput(const svc::ProvisionedThroughput* t, bool on_demand, std::string_view index) {
  if (on_demand) {
    if (!t) return {};
    return fail(invalid_parameters(index.empty() ? std::string("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
                                                 : cat("ProvisionedThroughput should not be specified for index: ", index, " when BillingMode is PAY_PER_REQUEST")));
  }
  if (t) return {};
  if (!index.empty()) return fail(invalid_parameters(cat("ProvisionedThroughput is not specified for index: ", index)));
  return fail(invalid_parameters("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"));
}

Result<void> read_warm(const svc::WarmThroughput* in, bool on_demand, std::string_view what, int64_t& reads, int64_t& writes) {
  if (!in) return {};
  if (in->ReadUnitsPerSecond) reads = *in->ReadUnitsPerSecond;
  if (in->WriteUnitsPerSecond) writes = *in->WriteUnitsPerSecond;
  auto low = [&](const char* name) {
    return fail(invalid_parameters(cat("Requested ", name, " for WarmThroughput for ", what, " is lower than initial throughput for OnDemand")));
  };
  if (on_demand && in->ReadUnitsPerSecond && reads < kOnDemandReads) return low("ReadUnitsPerSecond");
  if (on_demand && in->WriteUnitsPerSecond && writes < kOnDemandWrites) return low("WriteUnitsPerSecond");
  return {};
}

Result<void> check_tags(const std::map<std::string, std::string>& tags) {
  if (tags.size() > 50) return fail(invalid("One or more parameter values were invalid: Too many tags: the limit is 50 tags per resource"));
  for (const auto& [k, v] : tags)
    if (starts_with_i(k, "aws:")) return fail(ApiError("AccessDeniedException", "Tag keys starting with \"aws:\" are reserved for system use."));
  return {};
}

}  // namespace fogbank::dynamodb
