// Query and Scan: a range of a table's items or an index's entries, read in order until a page is full.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/expressions.h"
#include "services/dynamodb/items.h"

namespace fogbank::dynamodb {

inline constexpr size_t kPageBytes = 1 << 20;

struct Range {
  TableRef table;
  const Index* index = nullptr;      ///< null: the table itself
  store::Key from, to;
  store::Order order = store::Order::ascending;
  Tree filter;
  std::optional<std::vector<Path>> projection;
  bool count_only = false;
  bool whole_items = false;          ///< of a local index: attributes that are not projected are read from the table
  bool consistent = false;
  int64_t limit = INT64_MAX;
};

struct Page {
  std::vector<std::string> items;
  int64_t count = 0, scanned = 0;
  std::optional<std::string> last_key;   ///< as an item: where the next page begins
  size_t bytes = 0;                      ///< read
  double fetched = 0;                    ///< units of the table, for what a local index does not project
};

KeySchema key_schema(const Table& table, const Index* index);
/// The table or index that a call reads; fills range.table and range.index.
Result<void> open_range(Context& cx, std::string_view table, Str index, bool consistent, Range& out);
/// What Select, ProjectionExpression and AttributesToGet ask for together.
Result<void> select(Str select, bool attributes_given, bool specific, Range& out);
void segment_range(Range& out, int64_t segment, int64_t total);
void key_range(Range& out, const KeyCondition& condition);
/// Goes on behind ExclusiveStartKey. `condition`: of a query, whose hash key it must have.
Result<void> start_behind(Range& out, const Map<svc::AttributeValue>& start, const KeyCondition* condition);
/// Filters may not name key attributes.
Result<void> check_filter(const Range& range, std::string_view what);
Page read_page(store::Reader& reader, const Range& range);
Usage usage_of(const Range& range, const Page& page);

}  // namespace fogbank::dynamodb
