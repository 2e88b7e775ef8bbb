// The write that PutObject, CopyObject and form uploads end with: condition, lock, version, body and events in one transaction.
#pragma once
#include <optional>
#include <string_view>

#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/conditions.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

struct NewObject {
  Str bucket, key;
  WriteCondition condition = WriteCondition::none;
  Str if_match{};
  std::optional<Lock> lock;            ///< as asked for
  std::string_view event;              ///< "s3:ObjectCreated:Put"
};
/// `object` is complete but for its place among the versions; the blob becomes its body. A caller whose write is
/// refused gives the blob up.
Result<void> write_object(Context& cx, const NewObject& what, Object& object, const store::BlobRef& body);

/// PutObject with a payload that was received: checks what the request says, then writes. Of a form upload the event is another.
Result<void> put_object(Context& cx, const svc::PutObjectRequest& in, const ReceivedBody& body, std::string_view event, svc::PutObjectOutput& out);

}  // namespace fogbank::s3
