#include "services/dynamodb/reads.h"

#include <algorithm>
#include <stdexcept>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/wire_values.h"

namespace fogbank::dynamodb {
namespace {

store::Key prefix_of(const Range& r) {
  return r.index ? store::key(r.table.scope, kEntries, r.index->id) : store::key(r.table.scope, kItems, r.table->id);
}
store::Key with_part(store::Key key, std::string_view part) { return key << part; }
store::Key with_number(store::Key key, uint64_t number) { return key << number; }

bool projects(const Table& table, const Index& index, std::string_view name) {
  if (index.projection == Projection::all || name == table.hash || name == table.range || index.has_key(name)) return true;
  return std::find(index.included.begin(), index.included.end(), name) != index.included.end();
}

std::vector<std::string_view> key_attributes(const Range& r) {
  std::vector<std::string_view> out{r.table->hash};
  auto add = [&](std::string_view name) { if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name); };
  add(r.table->range);
  if (r.index) r.index->each_key([&](std::string_view name, bool) { add(name); });
  return out;
}

std::string last_key_item(const Range& r, std::string_view item) {
  std::vector<std::string_view> names = key_attributes(r);
  std::string out;
  std::string_view name;
  for (Value v; next_member(item, name, v);)
    if (std::find(names.begin(), names.end(), name) != names.end()) put_member(out, name, v.bytes());
  return out;
}

}  // namespace

KeySchema key_schema(const Table& t, const Index* i) {
  KeySchema s;
  s.hash = i ? i->hash : t.hash;
  s.range = i ? i->range : t.range;
  s.hash_type = t.type_of(s.hash);
  if (!s.range.empty()) s.range_type = t.type_of(s.range);
  if (!i) return s;
  for (const auto& n : i->more_hash) s.more_hash.push_back({n, t.type_of(n)});
  for (const auto& n : i->more_range) s.more_range.push_back({n, t.type_of(n)});
  return s;
}

Result<void> open_range(Context& cx, std::string_view table, Str index, bool consistent, Range& out) {
  FB_ASSIGN(found, find_table(cx, table));
  out.table = std::move(found);
  out.consistent = consistent;
  if (!index) return {};
  FB_TRY(check_table_name(index));
  out.index = out.table->index(index);
  if (!out.index) return fail(invalid(cat("The table does not have the specified index: ", index.view())));
  if (out.index->global && consistent) return fail(invalid("Consistent reads are not supported on global secondary indexes"));
  if (out.index->filling) return fail(invalid(cat("Cannot read from backfilling global secondary index: ", index.view())));
  return {};
}

Result<void> select(Str select, bool attributes_given, bool specific, Range& out) {
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !out.index) return fail(invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"));
  if (select && select != "SPECIFIC_ATTRIBUTES" && attributes_given)
    return fail(invalid(cat("Cannot specify the ", specific ? "ProjectionExpression" : "AttributesToGet", " when choosing to get ",
                            select == "COUNT" ? "only the Count" : select.view())));
  if (select == "SPECIFIC_ATTRIBUTES" && !attributes_given)
    return fail(invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"));
  out.count_only = select == "COUNT";
  if (!out.index) return {};
  if (select == "ALL_ATTRIBUTES") {
    if (out.index->global && out.index->projection != Projection::all)
      return fail(invalid_parameters(cat("Select type ALL_ATTRIBUTES is not supported for global secondary index ", out.index->name, " because its projection type is not ALL")));
    out.whole_items = out.index->projection != Projection::all;
  }
  if (!out.projection) return {};
  std::string missing;
  for (const Path& p : *out.projection)
    if (!projects(*out.table.table, *out.index, p[0].name)) append(missing, missing.empty() ? "" : ", ", p[0].name);
  if (missing.empty()) return {};
  if (out.index->global)
    return fail(invalid_parameters(cat("Global secondary index ", out.index->name, " does not project [", missing, "]")));
  out.whole_items = true;
  return {};
}

void segment_range(Range& out, int64_t segment, int64_t total) {
  store::Key prefix = prefix_of(out);
  auto bound = [&](int64_t n) { return uint64_t((static_cast<unsigned __int128>(n) << 64) / static_cast<unsigned __int128>(total)); };
  out.from = segment == 0 ? prefix : with_number(prefix, bound(segment));
  out.to = segment + 1 == total ? prefix.after_prefix() : with_number(prefix, bound(segment + 1));
}

void key_range(Range& out, const KeyCondition& c) {
  std::vector<std::string_view> more;
  for (Value v : c.more_hash) more.push_back(v.content());
  std::string hash = joined_hash(c.hash.content(), more);
  store::Key prefix = with_part(with_number(prefix_of(out), spread(hash)), hash);
  for (Value v : c.before) prefix = with_part(prefix, v.content());
  out.from = prefix;
  out.to = prefix.after_prefix();
  if (!c.op) return;
  store::Key low = with_part(prefix, c.low.content());
  switch (*c.op) {
    case Op::eq: out.from = low, out.to = low.after_prefix(); break;
    case Op::lt: out.to = low; break;
    case Op::le: out.to = low.after_prefix(); break;
    case Op::gt: out.from = low.after_prefix(); break;
    case Op::ge: out.from = low; break;
    case Op::between: out.from = low, out.to = with_part(prefix, c.high.content()).after_prefix(); break;
    case Op::begins_with: {
      store::Key begins = prefix;
      begins.begins(c.low.content());
      out.from = begins;
      out.to = begins.after_prefix();
      break;
    }
    default: break;
  }
}

Result<void> start_behind(Range& out, const Map<svc::AttributeValue>& start, const KeyCondition* condition) {
  if (!start) return {};
  FB_ASSIGN(item, encode_item(start));
  std::vector<std::string_view> names = key_attributes(out);
  if (count_members(item) != names.size()) return fail(invalid(out.index ? "The provided starting key is invalid" : "The provided starting key is invalid: The provided key element does not match the schema"));
  for (std::string_view name : names) {
    Value v = find_member(item, name);
    if (!v || v.type() != out.table->type_of(name))
      return fail(invalid(out.index ? "The provided starting key is invalid" : "The provided starting key is invalid: The provided key element does not match the schema"));
  }
  ItemKey key = key_of(*out.table.table, item);
  store::Key place;
  if (out.index) {
    auto in_index = index_key(*out.index, item);
    if (!in_index) return fail(invalid("The provided starting key is invalid"));
    place = entry_key(out.table.scope, out.index->id, *in_index, key);
  } else {
    place = item_key(out.table.scope, out.table->id, key);
  }
  KeySchema schema = key_schema(*out.table.table, out.index);
  bool same_hash = !condition || find_member(item, schema.hash) == condition->hash;
  for (size_t i = 0; condition && i < schema.more_hash.size(); i++) same_hash = same_hash && find_member(item, schema.more_hash[i].name) == condition->more_hash[i];
  if (!same_hash)
    return fail(invalid("The provided starting key is outside query boundaries based on provided conditions"));
  bool inside = !(place < out.from) && place < out.to;
  if (!inside) {
    return fail(invalid(condition ? "The provided starting key is outside query boundaries based on provided conditions"
                                  : "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments"));
  }
  if (out.order == store::Order::ascending) out.from = store::Key::raw(place.bytes() + '\0', false);
  else out.to = place;
  return {};
}

Result<void> check_filter(const Range& range, std::string_view what) {
  KeySchema schema = key_schema(*range.table.table, range.index);
  for (const Node& n : range.filter.nodes) {
    if (n.op != Op::path || n.path.empty()) continue;
    std::string_view name = n.path[0].name;
    if (range.index ? range.index->has_key(name) : name == schema.hash || (!schema.range.empty() && name == schema.range))
      return fail(invalid(cat(what, " can only contain non-primary key attributes: Primary key attribute: ", name)));
  }
  return {};
}

Page read_page(store::Reader& reader, const Range& r) {
  Page page;
  std::string last;
  reader.scan(r.from, r.to, r.order, [&](std::string_view key, std::string_view bytes, store::Version) {
    std::string referred;
    if (refers_to_item(bytes)) {
      auto whole = get_item(reader, r.table.scope, *r.table.table, item_of_entry(key));
      if (!whole) throw std::runtime_error("an index entry refers to an item that is not there");
      referred = index_item(*r.table.table, *r.index, *whole);
    }
    std::string_view item = referred.empty() ? item_content(bytes) : std::string_view(referred);
    size_t size = item_size(item);
    if (page.scanned > 0 && page.bytes + size > kPageBytes) {
      page.last_key = last_key_item(r, last);
      return false;
    }
    page.bytes += size;
    page.scanned++;
    std::optional<std::string> whole;
    std::string_view shown = item;
    if (r.whole_items) {
      whole = get_item(reader, r.table.scope, *r.table.table, key_of(*r.table.table, item));
      if (whole) shown = *whole;
      page.fetched += read_units(item_size(shown), r.consistent);
    }
    if (r.filter.empty() || Evaluator(r.filter.nodes, shown).test()) {
      page.count++;
      if (!r.count_only) page.items.push_back(r.projection ? project(shown, *r.projection) : std::string(shown));
    }
    if (page.scanned >= r.limit) {
      page.last_key = last_key_item(r, item);
      return false;
    }
    last.assign(item);
    return true;
  });
  return page;
}

Usage usage_of(const Range& r, const Page& page) {
  Usage usage;
  double units = read_units(page.bytes, r.consistent);
  if (!r.index) usage.table = units;
  else (r.index->global ? usage.global : usage.local)[r.index->name] = units;
  usage.table += page.fetched;
  return usage;
}

}  // namespace fogbank::dynamodb
