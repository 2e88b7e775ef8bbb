// Items, queries, batches and transactions.
#include "services/dynamodb/tests/service.h"

using namespace fogbank;
using namespace fogbank::dynamodb;

namespace {

constexpr bool kStores[] = {true, false};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("items_are_put_read_updated_and_deleted") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table();
    CHECK(s.get(R"({"p":{"S":"a"},"s":{"N":"1"}})") == "{}");
    CHECK(s.put(R"({"p":{"S":"a"},"s":{"N":"1.0"},"x":{"M":{"l":{"L":[{"BOOL":true},{"NULL":true}]}}}})") == "{}");
    CHECK(s.get(R"({"p":{"S":"a"},"s":{"N":"1"}})") == R"({"Item":{"p":{"S":"a"},"s":{"N":"1"},"x":{"M":{"l":{"L":[{"BOOL":true},{"NULL":true}]}}}}})");
    CHECK(s.put(R"({"p":{"S":"a"},"s":{"N":"1"}})", R"j(,"ConditionExpression":"attribute_not_exists(p)","ReturnValuesOnConditionCheckFailure":"ALL_OLD")j") ==
          "ConditionalCheckFailedException: ");
    CHECK(s.last_error.members.at(0).first == "Item");
    CHECK(s.call<op::UpdateItem>(R"({"TableName":"tab","Key":{"p":{"S":"a"},"s":{"N":"1"}},"UpdateExpression":"SET x.l[0] = :v ADD n :one","ReturnValues":"UPDATED_NEW",
          "ExpressionAttributeValues":{":v":{"S":"w"},":one":{"N":"1"}},"ReturnConsumedCapacity":"TOTAL"})") ==
          R"({"Attributes":{"n":{"N":"1"},"x":{"M":{"l":{"L":[{"S":"w"}]}}}},"ConsumedCapacity":{"TableName":"tab","CapacityUnits":1}})");
    CHECK(s.call<op::UpdateItem>(R"({"TableName":"tab","Key":{"p":{"S":"new"},"s":{"N":"1"}}})") == "{}");
    CHECK(has(s.get(R"({"p":{"S":"new"},"s":{"N":"1"}})"), "new"));
    CHECK(has(s.call<op::DescribeTable>(R"({"TableName":"tab"})"), R"("ItemCount":2)"));
    CHECK(s.erase(R"({"p":{"S":"a"},"s":{"N":"1"}})") == "{}");
    CHECK(s.get(R"({"p":{"S":"a"},"s":{"N":"1"}})") == "{}");
    CHECK(has(s.call<op::DescribeTable>(R"({"TableName":"tab"})"), R"("ItemCount":1)"));
  }
}

TEST_CASE("what_is_no_item_or_key_is_refused") {
  Service s(true);
  s.make_table();
  auto refused = [&](std::string_view item) { return s.put(item).substr(std::string_view("ValidationException: ").size()); };
  CHECK(refused(R"({"p":{"S":"a"}})") == "One or more parameter values were invalid: Missing the key s in the item");
  CHECK(refused(R"({"p":{"N":"1"},"s":{"N":"1"}})") == "One or more parameter values were invalid: Type mismatch for key p expected: S actual: N");
  CHECK(refused(R"({"p":{"S":""},"s":{"N":"1"}})") ==
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p");
  CHECK(refused(R"({"p":{"S":"a"},"s":{"N":"x"}})") == "The parameter cannot be converted to a numeric value: x");
  CHECK(refused(R"({"p":{},"s":{"N":"1"}})") == "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
  CHECK(refused(R"({"p":{"S":"a"},"s":{"N":"1"},"x":{"SS":["a","a"]}})") == "One or more parameter values were invalid: Input collection [a, a] contains duplicates.");
  CHECK(refused(R"({"p":{"S":"a"},"s":{"N":"1"},"x":{"NS":["1","1.0"]}})") == "Input collection contains duplicates");
  std::string big(400 * 1024, 'x');
  CHECK(refused(cat(R"({"p":{"S":"a"},"s":{"N":"1"},"x":{"S":")", big, R"("}})")) == "Item size has exceeded the maximum allowed size");
  CHECK(s.get(R"({"p":{"S":"a"}})") == "ValidationException: The provided key element does not match the schema");
  CHECK(s.get(R"({"p":{"S":"a"},"s":{"S":"1"}})") == "ValidationException: The provided key element does not match the schema");
  CHECK(s.call<op::GetItem>(R"({"TableName":"none","Key":{"p":{"S":"a"}}})") == "ResourceNotFoundException: Requested resource not found");
  CHECK(s.call<op::UpdateItem>(R"({"TableName":"tab","Key":{"p":{"S":"a"},"s":{"N":"1"}},"UpdateExpression":"SET s = :v","ExpressionAttributeValues":{":v":{"N":"2"}}})") ==
        "ValidationException: One or more parameter values were invalid: Cannot update attribute s. This attribute is part of the key");
}

TEST_CASE("queries_take_ranges_in_both_directions_and_pages") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table();
    for (int i = -3; i <= 12; i++) s.put(cat(R"({"p":{"S":"a"},"s":{"N":")", i, R"("},"even":{"BOOL":)", i % 2 ? "false" : "true", "}}"));
    s.put(R"({"p":{"S":"b"},"s":{"N":"5"}})");
    auto q = [&](std::string_view range, std::string_view more = "", std::string_view values = R"(,":x":{"N":"2"})") {
      return s.sorts(cat(R"({"TableName":"tab","KeyConditionExpression":"p = :p)", range, R"(","ExpressionAttributeValues":{":p":{"S":"a"})", values, '}', more, '}'));
    };
    CHECK(q("", "", "") == "-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10,11,12");
    CHECK(q(" AND s < :x") == "-3,-2,-1,0,1");
    CHECK(q(" AND s <= :x") == "-3,-2,-1,0,1,2");
    CHECK(q(" AND s > :x", R"(,"ScanIndexForward":false)") == "12,11,10,9,8,7,6,5,4,3");
    CHECK(q(" AND s >= :x", R"(,"Limit":3)") == "2,3,4");
    CHECK(q(" AND s = :x") == "2");
    CHECK(q(" AND s BETWEEN :x AND :y", "", R"(,":x":{"N":"-1"},":y":{"N":"1"})") == "-1,0,1");
    CHECK(q(" AND s >= :x", R"(,"Limit":2,"ExclusiveStartKey":{"p":{"S":"a"},"s":{"N":"9"}})") == "10,11");
    CHECK(q(" AND s <= :x", R"(,"ScanIndexForward":false,"ExclusiveStartKey":{"p":{"S":"a"},"s":{"N":"0"}})") == "-1,-2,-3");
    CHECK(q(" AND s > :x", R"(,"FilterExpression":"even = :t")", R"(,":x":{"N":"2"},":t":{"BOOL":true})") == "4,6,8,10,12");
    CHECK(has(q("", R"(,"ExclusiveStartKey":{"p":{"S":"b"},"s":{"N":"0"}})", ""), "outside query boundaries"));
    CHECK(has(s.call<op::Query>(R"({"TableName":"tab","KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Limit":16})"), "LastEvaluatedKey"));
    CHECK_FALSE(has(s.call<op::Query>(R"({"TableName":"tab","KeyConditionExpression":"p = :p","ExpressionAttributeValues":{":p":{"S":"a"}},"Limit":17})"), "LastEvaluatedKey"));
    CHECK(s.sorts(R"({"TableName":"tab","KeyConditions":{"p":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"a"}]},
                      "s":{"ComparisonOperator":"GT","AttributeValueList":[{"N":"10"}]}}})") == "11,12");
  }
}

TEST_CASE("a_page_ends_before_it_exceeds_a_megabyte_and_segments_cover_everything_once") {
  Service s(true);
  s.make_table();
  std::string filler(100 * 1024, 'x');
  for (int i = 0; i < 25; i++) s.put(cat(R"({"p":{"S":"k)", i, R"("},"s":{"N":"1"},"f":{"S":")", filler, R"("}})"));
  int pages = 0, items = 0;
  std::string start;
  do {
    std::string r = s.call<op::Scan>(cat(R"({"TableName":"tab","Select":"COUNT")", start.empty() ? "" : cat(R"(,"ExclusiveStartKey":)", start), '}'));
    size_t at = r.find("\"Count\":");
    REQUIRE(at != std::string::npos);
    items += std::atoi(r.c_str() + at + 8);
    pages++;
    size_t last = r.find("\"LastEvaluatedKey\":");
    start = last == std::string::npos ? "" : r.substr(last + 19, r.size() - last - 20);
  } while (!start.empty());
  CHECK(items == 25);
  CHECK(pages == 3);
  int together = 0;
  for (int i = 0; i < 7; i++) {
    std::string r = s.call<op::Scan>(cat(R"({"TableName":"tab","Select":"COUNT","TotalSegments":7,"Segment":)", i, '}'));
    together += std::atoi(r.c_str() + r.find("\"Count\":") + 8);
  }
  CHECK(together == 25);
  CHECK(has(s.call<op::Scan>(R"({"TableName":"tab","TotalSegments":2,"Segment":2})"), "Segment: 2 is not less than TotalSegments: 2"));
}

TEST_CASE("transactions_do_all_or_nothing_and_say_why_in_order") {
  for (bool hostile : kStores) {
    Service s(hostile);
    s.make_table();
    s.put(R"({"p":{"S":"a"},"s":{"N":"1"},"n":{"N":"5"}})");
    constexpr std::string_view kTwo = R"({"ClientRequestToken":"one","TransactItems":[
        {"Put":{"TableName":"tab","Item":{"p":{"S":"b"},"s":{"N":"1"}}}},
        {"Update":{"TableName":"tab","Key":{"p":{"S":"a"},"s":{"N":"1"}},"UpdateExpression":"ADD n :one","ExpressionAttributeValues":{":one":{"N":"1"}}}}]})";
    CHECK(s.call<op::TransactWriteItems>(kTwo) == "{}");
    CHECK(s.call<op::TransactWriteItems>(kTwo) == "{}");   // the same token: nothing is done again
    CHECK(has(s.get(R"({"p":{"S":"a"},"s":{"N":"1"}})"), R"("n":{"N":"6"})"));
    CHECK(has(s.call<op::TransactWriteItems>(R"({"ClientRequestToken":"one","TransactItems":[{"Delete":{"TableName":"tab","Key":{"p":{"S":"b"},"s":{"N":"1"}}}}]})"),
              "IdempotentParameterMismatchException"));
    CHECK(s.call<op::TransactWriteItems>(R"j({"TransactItems":[
        {"Delete":{"TableName":"tab","Key":{"p":{"S":"b"},"s":{"N":"1"}}}},
        {"ConditionCheck":{"TableName":"tab","Key":{"p":{"S":"a"},"s":{"N":"1"}},"ConditionExpression":"attribute_not_exists(p)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}}]})j") ==
          "TransactionCanceledException: Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]");
    CHECK(s.last_error.members.at(0).second ==
          R"([{"Code":"None"},{"Code":"ConditionalCheckFailed","Message":"The conditional request failed","Item":{"n":{"N":"6"},"p":{"S":"a"},"s":{"N":"1"}}}])");
    CHECK(has(s.get(R"({"p":{"S":"b"},"s":{"N":"1"}})"), "Item"));
    CHECK(has(s.call<op::TransactWriteItems>(R"({"TransactItems":[{"Delete":{"TableName":"tab","Key":{"p":{"S":"b"},"s":{"N":"1"}}}},
        {"Delete":{"TableName":"tab","Key":{"p":{"S":"b"},"s":{"N":"1.0"}}}}]})"), "multiple operations on one item"));
    s.advance(10 * 60 * 1000 + 1);
    s.t.drain();
    CHECK(s.records(kTokens) == 0);
    CHECK(s.call<op::TransactWriteItems>(kTwo) == "{}");
    CHECK(has(s.get(R"({"p":{"S":"a"},"s":{"N":"1"}})"), R"("n":{"N":"7"})"));
  }
}

TEST_CASE("batches_write_and_read") {
  Service s(true);
  s.make_table();
  CHECK(s.call<op::BatchWriteItem>(R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"a"},"s":{"N":"1"}}}},{"PutRequest":{"Item":{"p":{"S":"a"},"s":{"N":"2"}}}}]}})") ==
        R"({"UnprocessedItems":{}})");
  CHECK(s.call<op::BatchGetItem>(R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"a"},"s":{"N":"2"}},{"p":{"S":"a"},"s":{"N":"3"}}],"ProjectionExpression":"s"}}})") ==
        R"({"Responses":{"tab":[{"s":{"N":"2"}}]},"UnprocessedKeys":{}})");
  CHECK(has(s.call<op::BatchGetItem>(R"({"RequestItems":{"tab":{"Keys":[{"p":{"S":"a"},"s":{"N":"2"}},{"p":{"S":"a"},"s":{"N":"2.0"}}]}}})"), "contains duplicates"));
  CHECK(has(s.call<op::BatchWriteItem>(R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"c"},"s":{"N":"1"}}}},{"DeleteRequest":{"Key":{"p":{"S":"c"},"s":{"N":"1"}}}}]}})"),
            "contains duplicates"));
  CHECK(s.get(R"({"p":{"S":"c"},"s":{"N":"1"}})") == "{}");
}

TEST_CASE("global_indexes_have_units_of_their_own") {
  Service s(true);
  REQUIRE(has(s.call<op::CreateTable>(R"({"TableName":"tab","ProvisionedThroughput":{"ReadCapacityUnits":100,"WriteCapacityUnits":100},
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
      "GlobalSecondaryIndexes":[{"IndexName":"byg","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},
      "ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}]})"), "CREATING"));
  auto grouped = [](int i) { return cat(R"({"p":{"S":"k)", i, R"("},"g":{"S":"x"}})"); };
  for (int i = 0; i < 300; i++) REQUIRE(s.put(grouped(i)) == "{}");
  constexpr std::string_view kExceeded = "ProvisionedThroughputExceededException: The level of configured provisioned throughput for one or more global secondary indexes of the table was "
      "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API.";
  CHECK(s.put(grouped(300)) == kExceeded);
  CHECK(s.get(R"({"p":{"S":"k300"}})") == "{}");                      // nothing of it was done
  CHECK(s.put(R"({"p":{"S":"apart"}})") == "{}");                     // not in the index
  CHECK(has(s.call<op::BatchWriteItem>(cat(R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"b"}}}},{"PutRequest":{"Item":)", grouped(301), "}}]}}")),
            R"("UnprocessedItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"k301"},"g":{"S":"x"}}}}]})"));
  constexpr std::string_view kQuery = R"({"TableName":"tab","IndexName":"byg","KeyConditionExpression":"g = :g","ExpressionAttributeValues":{":g":{"S":"x"}}})";
  int reads = 0;
  while (reads < 1000 && has(s.call<op::Query>(kQuery), "Items")) reads++;
  CHECK(reads > 10);
  CHECK(reads < 1000);
  CHECK(s.call<op::Query>(kQuery) == kExceeded);
  CHECK(has(s.get(R"({"p":{"S":"k1"}})"), "Item"));
  s.advance(5000);
  CHECK(s.put(grouped(300)) == "{}");
  CHECK(has(s.call<op::UpdateTable>(R"({"TableName":"tab","BillingMode":"PAY_PER_REQUEST"})"), "UPDATING"));
  for (int i = 0; i < 20; i++) CHECK(s.put(grouped(i)) == "{}");
}

TEST_CASE("a_table_that_becomes_provisioned_needs_units_for_its_indexes") {
  Service s(true);
  s.make_table(R"(,"GlobalSecondaryIndexes":[{"IndexName":"byg","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])",
               R"(,{"AttributeName":"g","AttributeType":"S"})");
  constexpr std::string_view kSwitch = R"({"TableName":"tab","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1})";
  CHECK(s.call<op::UpdateTable>(cat(kSwitch, '}')) == "ValidationException: One or more parameter values were invalid: ProvisionedThroughput must be specified for index: byg");
  CHECK(has(s.call<op::UpdateTable>(cat(kSwitch, R"(,"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"byg","ProvisionedThroughput":{"ReadCapacityUnits":2,"WriteCapacityUnits":3}}}]})")),
            R"("ReadCapacityUnits":2,"WriteCapacityUnits":3)"));
}

TEST_CASE("provisioned_tables_are_throttled_when_their_burst_is_used_up") {
  Service s(true);
  REQUIRE(has(s.call<op::CreateTable>(R"({"TableName":"tab","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],"AttributeDefinitions":[{"AttributeName":"p","AttributeType":"S"}]})"), "CREATING"));
  for (int i = 0; i < 300; i++) REQUIRE(s.put(cat(R"({"p":{"S":"k)", i, R"("}})")) == "{}");
  CHECK(has(s.put(R"({"p":{"S":"one more"}})"), "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was exceeded."));
  CHECK(has(s.get(R"({"p":{"S":"k1"}})"), "Item"));
  s.advance(1500);
  CHECK(has(s.call<op::BatchWriteItem>(R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"a"}}}},{"PutRequest":{"Item":{"p":{"S":"b"}}}},{"PutRequest":{"Item":{"p":{"S":"c"}}}}]}})"),
            R"("UnprocessedItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"c"}}}}]})"));
  CHECK(has(s.call<op::BatchWriteItem>(R"({"RequestItems":{"tab":[{"PutRequest":{"Item":{"p":{"S":"c"}}}}]}})"), "ProvisionedThroughputExceededException"));
}
