#include "services/s3/object_answers.h"

namespace fogbank::s3 {

void tell_marker(Context& cx, const BucketInfo& bucket, const Object& marker, bool named) {
  cx.add_header("x-amz-delete-marker", "true");
  cx.add_header("x-amz-version-id", shown_version(bucket, marker));
  if (!named) return;
  cx.add_header("Last-Modified", http_date(marker.modified));
  cx.add_header("Allow", "DELETE");
}

}  // namespace fogbank::s3
