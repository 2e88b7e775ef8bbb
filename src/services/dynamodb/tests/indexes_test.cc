// Secondary indexes and how they are filled, time to live, streams, deleting tables.
#include <set>

#include "services/dynamodb/tests/service.h"

using namespace fogbank;
using namespace fogbank::dynamodb;

namespace {

constexpr bool kStores[] = {true, false};
constexpr std::string_view kIndexG = R"({"IndexName":"byg","KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],
    "Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x"]}})";
constexpr std::string_view kG = R"(,{"AttributeName":"g","AttributeType":"S"})";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string on_index(Service& s, std::string_view g, std::string_view more = "") {
  return s.sorts(cat(R"({"TableName":"tab","IndexName":"byg","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":")", g, R"("}})", more, '}'));
}

}  // namespace

TEST_CASE("an_index_follows_its_items") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table(cat(R"(,"GlobalSecondaryIndexes":[)", kIndexG, ']'), kG);
    s.put(R"({"p":{"S":"a"},"s":{"N":"2"},"g":{"S":"red"},"x":{"S":"in"},"y":{"S":"out"}})");
    s.put(R"({"p":{"S":"b"},"s":{"N":"1"},"g":{"S":"red"}})");
    s.put(R"({"p":{"S":"c"},"s":{"N":"1"}})");
    CHECK(on_index(s, "red") == "1,2");
    std::string q = s.call<op::Query>(R"({"TableName":"tab","IndexName":"byg","KeyConditionExpression":"g = :g AND s = :s","ExpressionAttributeValues":{":g":{"S":"red"},":s":{"N":"2"}}})");
    CHECK(has(q, R"("x":{"S":"in"})"));
    CHECK_FALSE(has(q, "out"));
    s.call<op::UpdateItem>(R"({"TableName":"tab","Key":{"p":{"S":"a"},"s":{"N":"2"}},"UpdateExpression":"SET g = :g","ExpressionAttributeValues":{":g":{"S":"blue"}}})");
    CHECK(on_index(s, "red") == "1");
    CHECK(on_index(s, "blue") == "2");
    CHECK(has(s.put(R"({"p":{"S":"a"},"s":{"N":"2"},"g":{"N":"1"}})"), "Type mismatch for Index Key g Expected: S Actual: N IndexName: byg"));
    s.erase(R"({"p":{"S":"b"},"s":{"N":"1"}})");
    CHECK(on_index(s, "red") == "");
    CHECK(s.records(kEntries) == 1);
    CHECK(has(s.call<op::Query>(R"({"TableName":"tab","IndexName":"byg","ConsistentRead":true,"KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"red"}}})"),
              "Consistent reads are not supported on global secondary indexes"));
  }
}

TEST_CASE("local_indexes_fetch_what_they_do_not_project") {
  Service s(true);
  s.make_table(R"(,"LocalSecondaryIndexes":[{"IndexName":"byt","KeySchema":[{"AttributeName":"p","KeyType":"HASH"},{"AttributeName":"t","KeyType":"RANGE"}],
                  "Projection":{"ProjectionType":"KEYS_ONLY"}}])", R"(,{"AttributeName":"t","AttributeType":"S"})");
  s.put(R"({"p":{"S":"a"},"s":{"N":"1"},"t":{"S":"z"},"x":{"S":"1"}})");
  s.put(R"({"p":{"S":"a"},"s":{"N":"2"},"t":{"S":"y"},"x":{"S":"2"}})");
  constexpr std::string_view kQuery = R"({"TableName":"tab","IndexName":"byt","ConsistentRead":true,"KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}})";
  CHECK(s.sorts(cat(kQuery, '}')) == "2,1");
  CHECK_FALSE(has(s.call<op::Query>(cat(kQuery, '}')), "\"x\""));
  CHECK(has(s.call<op::Query>(cat(kQuery, R"(,"Select":"ALL_ATTRIBUTES"})")), R"("x":{"S":"2"})"));
  CHECK(has(s.call<op::Query>(cat(kQuery, R"(,"ProjectionExpression":"x"})")), R"({"x":{"S":"2"}})"));
}

TEST_CASE("an_index_that_is_added_is_filled_while_items_change_and_ends_exact") {
  for (uint64_t seed : {1, 2, 3}) {
    Service s(true, seed);
    s.make_table();
    auto put = [&](int i, std::string_view g) { s.put(cat(R"({"p":{"S":"k)", i, R"("},"s":{"N":"1"},"g":{"S":")", g, R"("}})")); };
    for (int i = 0; i < 450; i++) put(i, "old");
    std::string r = s.call<op::UpdateTable>(cat(R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":)", kIndexG, "}]}"));
    REQUIRE(has(r, "CREATING"));
    CHECK(has(on_index(s, "old"), "backfilling"));
    // Between the steps of filling: items in front of it and behind it are changed, made and erased.
    for (int step = 0; step < 40; step++) {
      put((step * 37) % 450, step % 2 ? "new" : "old");
      s.erase(cat(R"({"p":{"S":"k)", (step * 53) % 450, R"("},"s":{"N":"1"}})"));
      put(1000 + step, "new");
      if (step % 8 == 0) {
        auto tasks = s.t.store().claim(s.t.core().now(), 1, [](std::string_view) { return true; });
        for (auto& task : tasks) {
          TaskContext cx(s.t.core(), task);
          REQUIRE(find_task_info(task.kind)->run(cx));
          s.t.store().commit();
          s.t.store().release(task.id);
        }
      }
    }
    s.t.drain();
    std::string table = s.call<op::DescribeTable>(R"({"TableName":"tab"})");
    CHECK(has(table, R"("IndexStatus":"ACTIVE")"));
    std::set<std::string> items, entries;
    auto keys = [&](std::string_view index, std::set<std::string>& out) {
      std::string a = s.call<op::Scan>(cat(R"({"TableName":"tab","ProjectionExpression":"p, g")", index, '}'));
      for (size_t at = a.find("{\"g\""); at != std::string::npos; at = a.find("{\"g\"", at + 1)) out.insert(a.substr(at, a.find("}}", at) - at));
    };
    keys("", items);
    keys(R"(,"IndexName":"byg")", entries);
    CHECK(items == entries);
    CHECK(items.size() > 400);
    std::string count = cat(R"("ItemCount":)", items.size(), ',');
    size_t first = table.find(count);
    REQUIRE(first != std::string::npos);
    CHECK(table.find(count, first + 1) != std::string::npos);   // of the table and of the index
  }
}

TEST_CASE("a_long_entry_refers_to_its_item_and_shows_what_it_would_hold") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table(cat(R"(,"GlobalSecondaryIndexes":[)", kIndexG, ']'), kG);
    std::string before(5000, 'b'), after(6000, 'a');
    auto put = [&](int i, std::string_view x) { s.put(cat(R"({"p":{"S":"k"},"s":{"N":")", i, R"("},"g":{"S":"red"},"x":{"S":")", x, R"("},"inside":{"S":"h"}})")); };
    auto query = [&] { return s.call<op::Query>(R"({"TableName":"tab","IndexName":"byg","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"red"}}})"); };
    put(1, before), put(2, "short"), put(3, before);
    std::string all = query();
    CHECK(has(all, before));
    CHECK(has(all, "short"));
    CHECK_FALSE(has(all, "inside"));
    put(1, after), put(2, before), put(3, "short");
    all = query();
    CHECK(has(all, after));
    CHECK(has(all, before));
    CHECK(on_index(s, "red") == "1,2,3");
    s.call<op::UpdateTable>(cat(R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"x","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"later",
        "KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"inside","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}}]})"));
    CHECK(s.last_error.message == "One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [inside], AttributeDefinitions: [g, p, s, x]");
    s.call<op::UpdateTable>(cat(R"({"TableName":"tab","AttributeDefinitions":[{"AttributeName":"inside","AttributeType":"S"}],"GlobalSecondaryIndexUpdates":[{"Create":{"IndexName":"later",
        "KeySchema":[{"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"inside","KeyType":"HASH"},{"AttributeName":"s","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}}]})"));
    s.t.drain();
    constexpr std::string_view kLater = R"({"TableName":"tab","IndexName":"later","KeyConditionExpression":"g = :g AND inside = :h","ExpressionAttributeValues":{":g":{"S":"red"},":h":{"S":"h"}})";
    CHECK(s.sorts(cat(kLater, '}')) == "1,2,3");
    CHECK(has(s.call<op::Query>(cat(kLater, '}')), after));
    s.erase(R"({"p":{"S":"k"},"s":{"N":"1"}})");
    CHECK(s.sorts(cat(kLater, '}')) == "2,3");
    CHECK(on_index(s, "red") == "2,3");
    CHECK(s.records(kEntries) == 4);
  }
}

TEST_CASE("time_to_live_removes_items_and_streams_say_so") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table(R"(,"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"})");
    int64_t now = s.t.core().now() / 1000;
    s.put(cat(R"({"p":{"S":"before"},"s":{"N":"1"},"e":{"N":")", now + 60, R"("}})"));
    CHECK(s.call<op::UpdateTimeToLive>(R"({"TableName":"tab","TimeToLiveSpecification":{"Enabled":true,"AttributeName":"e"}})") ==
          R"({"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"e"}})");
    s.t.drain();
    s.put(cat(R"({"p":{"S":"after"},"s":{"N":"1"},"e":{"N":")", now + 30, R"("}})"));
    s.put(cat(R"({"p":{"S":"stays"},"s":{"N":"1"},"e":{"N":")", now + 3000, R"("}})"));
    s.put(R"({"p":{"S":"text"},"s":{"N":"1"},"e":{"S":"1"}})");
    s.advance(31'000);
    s.t.drain();
    CHECK(s.get(R"({"p":{"S":"after"},"s":{"N":"1"}})") == "{}");
    CHECK(has(s.get(R"({"p":{"S":"before"},"s":{"N":"1"}})"), "Item"));
    s.advance(30'000);
    s.t.drain();
    CHECK(s.get(R"({"p":{"S":"before"},"s":{"N":"1"}})") == "{}");
    CHECK(has(s.get(R"({"p":{"S":"stays"},"s":{"N":"1"}})"), "Item"));
    CHECK(s.records(kExpiries) == 1);
    namespace st = dynamodbstreams::op;
    std::string list = s.call<st::ListStreams>(R"({"TableName":"tab"})");
    size_t at = list.find("arn:");
    REQUIRE(at != std::string::npos);
    std::string arn = list.substr(at, list.find('"', at) - at);
    std::string d = s.call<st::DescribeStream>(cat(R"({"StreamArn":")", arn, R"("})"));
    size_t shard_at = d.find("shardId-");
    REQUIRE(shard_at != std::string::npos);
    std::string shard = d.substr(shard_at, d.find('"', shard_at) - shard_at);
    auto records = [&](std::string_view type) {
      std::string i = s.call<st::GetShardIterator>(cat(R"({"StreamArn":")", arn, R"(","ShardId":")", shard, R"(","ShardIteratorType":")", type, R"("})"));
      size_t from = i.find("arn:");
      REQUIRE_MESSAGE(from != std::string::npos, i);
      return s.call<st::GetRecords>(cat(R"({"ShardIterator":")", i.substr(from, i.find('"', from) - from), R"("})"));
    };
    std::string all = records("TRIM_HORIZON");
    CHECK(has(all, R"("eventName":"INSERT")"));
    CHECK(has(all, R"("userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"})"));
    CHECK(has(records("LATEST"), R"("Records":[])"));
    s.advance(24 * 3600 * 1000);
    CHECK(has(records("TRIM_HORIZON"), R"("Records":[])"));
    s.t.drain();
    CHECK(s.records(kStreamRecords) == 1);   // of the item that expired meanwhile
    s.advance(25 * 3600 * 1000);
    s.t.drain();
    CHECK(s.records(kStreamRecords) == 0);
  }
}

TEST_CASE("a_deleted_table_leaves_nothing") {
  Service s(true);
  s.make_table(cat(R"(,"DeletionProtectionEnabled":true,"GlobalSecondaryIndexes":[)", kIndexG, ']'), kG);
  for (int i = 0; i < 700; i++) s.put(cat(R"({"p":{"S":"k)", i, R"("},"s":{"N":"1"},"g":{"S":"x"}})"));
  CHECK(has(s.call<op::DeleteTable>(R"({"TableName":"tab"})"), "protected against deletion"));
  CHECK(has(s.call<op::UpdateTable>(R"({"TableName":"tab","DeletionProtectionEnabled":false})"), "UPDATING"));
  CHECK(has(s.call<op::DeleteTable>(R"({"TableName":"tab"})"), "DELETING"));
  CHECK(has(s.call<op::DescribeTable>(R"({"TableName":"tab"})"), "ResourceNotFoundException: Requested resource not found: Table: tab not found"));
  s.make_table();
  CHECK(s.get(R"({"p":{"S":"k1"},"s":{"N":"1"}})") == "{}");
  s.t.drain();
  CHECK(s.records(kItems) == 0);
  CHECK(s.records(kEntries) == 0);
  CHECK(s.records(kCounts) == 0);
}
