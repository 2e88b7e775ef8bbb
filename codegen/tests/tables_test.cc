// The generated tables of real services: sound by themselves, and corrected where the models say too little.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gen/cloudwatch/tables.h"
#include "gen/iam/actions.h"
#include "gen/iam/managed_policies.h"
#include "gen/iam/tables.h"
#include "gen/s3/tables.h"
#include "gen/sqs/tables.h"
#include "gen/sqs/types.h"
#include "gen/ssm/public_parameters.h"
#include "gen/sts/tables.h"
#include "wire/codec.h"

namespace fogbank {
namespace {

const wire::Service* const kServices[] = {&cloudwatch::kService, &iam::kService, &s3::kService, &sqs::kService, &sts::kService};

const wire::Operation& operation(const wire::Service& service, std::string_view name) {
  for (const wire::Operation& op : service.operations)
    if (name == op.name) return op;
  FAIL("no operation ", std::string(name));
  return service.operations[0];
}

void check_shape(const wire::Shape& shape, std::set<const wire::Shape*>& seen) {
  if (!seen.insert(&shape).second) return;
  CAPTURE(shape.name);
  REQUIRE(shape.name);
  CHECK(shape.size % shape.align == 0);
  CHECK(shape.payload < int(shape.fields.size()));
  uint32_t end = 0;
  for (const wire::Field& f : shape.fields) {
    CAPTURE(f.name);
    REQUIRE(f.shape);
    CHECK(f.kind == f.shape->kind);
    CHECK(f.offset >= end);  // in the struct's order, not overlapping
    end = f.offset + (f.kind == wire::Kind::structure ? sizeof(void*) : f.shape->size);
    CHECK(end <= shape.size);
    CHECK(f.validate == f.shape->validate);
    check_shape(*f.shape, seen);
  }
  bool collection = shape.kind == wire::Kind::list || shape.kind == wire::Kind::map;
  CHECK((shape.element != nullptr) == collection);
  if (collection) {
    CHECK(shape.element_name);
    check_shape(*shape.element, seen);
  }
  if (shape.kind == wire::Kind::map) CHECK(shape.map_key->kind == wire::Kind::text);
  if (shape.constraints && shape.constraints->has_min && shape.constraints->has_max) CHECK(shape.constraints->min <= shape.constraints->max);
}

}  // namespace

TEST_CASE("tables_of_every_service_are_sound") {
  std::set<const wire::Shape*> seen;
  for (const wire::Service* service : kServices) {
    CAPTURE(service->name);
    CHECK_FALSE(service->protocols.empty());
    CHECK_FALSE(service->operations.empty());
    for (const wire::Operation& op : service->operations) {
      CAPTURE(op.name);
      CHECK(op.status >= 200);
      check_shape(*op.input, seen);
      check_shape(*op.output, seen);
      for (const wire::Shape* e : op.errors) {
        CHECK(e->is_error);
        CHECK(e->error_code);
        check_shape(*e, seen);
      }
    }
  }
  CHECK(seen.size() > 500);
}

TEST_CASE("global_services_are_those_without_regional_endpoints") {
  CHECK(iam::kService.global);
  CHECK_FALSE(s3::kService.global);
  CHECK_FALSE(sts::kService.global);
  CHECK_FALSE(sqs::kService.global);
}

TEST_CASE("cloudwatch_speaks_three_protocols") {
  REQUIRE(cloudwatch::kService.protocols.size() == 3);
  CHECK(cloudwatch::kService.protocols[0] == wire::Protocol::rpc_v2_cbor);
}

TEST_CASE("routes_of_operations_that_are_not_served_are_known") {
  bool found = false;
  for (const wire::UnservedRoute& r : s3::kService.not_served)
    if (std::string_view(r.name) == "RenameObject") {
      found = true;
      CHECK(std::string_view(r.required_headers) == "x-amz-rename-source");
    }
  CHECK(found);
}

TEST_CASE("sqs_has_names_of_its_own_in_the_query_protocol") {
  Arena arena;
  auto* in = arena.make<sqs::svc::SendMessageBatchRequest>();
  auto& entry = in->Entries.add(arena);
  entry.Id = "1";
  auto& attribute = entry.MessageAttributes.add(arena, "k");
  attribute.StringValue = "v";
  const wire::Operation& op = operation(sqs::kService, "SendMessageBatch");
  wire::Message message;
  wire::write_input(wire::Protocol::query, sqs::kService, op, in, message);
  CHECK(message.body ==
        "Action=SendMessageBatch&Version=2012-11-05&SendMessageBatchRequestEntry.1.Id=1"
        "&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v");
  std::vector<wire::Header> headers{{"Content-Type", "application/x-www-form-urlencoded"}};
  auto read = wire::read_input(wire::Protocol::query, op, {"POST", "/", "", &headers, message.body}, arena);
  REQUIRE(read);
  std::string json;
  wire::to_json(*op.input, *read, json);
  CHECK(json == R"({"Entries":[{"Id":"1","MessageAttributes":{"k":{"StringValue":"v"}}}]})");

  auto* out = arena.make<sqs::svc::ReceiveMessageResult>();
  out->Messages.add(arena).Attributes.add(arena, "SenderId") = "me";
  wire::Message answer;
  wire::write_output(wire::Protocol::query, sqs::kService, operation(sqs::kService, "ReceiveMessage"), out, "id", answer);
  CHECK(answer.body.find("<ReceiveMessageResult><Message><Attribute><Name>SenderId</Name><Value>me</Value></Attribute></Message>") != std::string::npos);
  wire::Message as_json;
  wire::write_output(wire::Protocol::json_1_0, sqs::kService, operation(sqs::kService, "ReceiveMessage"), out, "id", as_json);
  CHECK(as_json.body == R"({"Messages":[{"Attributes":{"SenderId":"me"}}]})");
}

TEST_CASE("embedded_reference_data_is_whole") {
  std::string policies = iam::data::managed_policies();
  CHECK(policies.find("\nAdministratorAccess\tarn:aws:iam::aws:policy/AdministratorAccess\t/\tv1\t") != std::string::npos);
  CHECK(policies.back() == '\n');
  std::string actions = iam::data::actions();
  size_t sqs = actions.find("\nS\tsqs\tAmazon SQS\n");
  REQUIRE(sqs != std::string::npos);
  std::string_view lines = std::string_view(actions).substr(sqs + 1);
  CHECK(lines.find("\nA\tSendMessage\tW\tqueue!\n") < lines.find("\nS\t"));
  CHECK(lines.find("\nR\tqueue\tarn:${Partition}:sqs:${Region}:${Account}:${QueueName}\taws:ResourceTag/${TagKey}\n") < lines.find("\nS\t"));
}

TEST_CASE("embedded_public_parameters_are_whole") {
  size_t regions = 0;
  for (const auto& set : ssm::data::public_parameters()) {
    std::string text = ssm::data::unpack(set);
    CHECK(text.starts_with(set.path));
    CHECK(text.back() == '\n');
    regions += set.path == "/aws/service/ami-amazon-linux-latest";
  }
  CHECK(regions >= 30);
}

}  // namespace fogbank
