#include <doctest/doctest.h>

#include "auth/sigv2_presigned.h"

using namespace fogbank;
using namespace fogbank::auth;

// The worked example of S3's documentation ("Query string request authentication alternative").
TEST_CASE("the_documented_presigned_url_is_accepted_until_it_expires") {
  std::string_view query = "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620";
  std::vector<HeaderView> headers{{"Host", "johnsmith.s3.amazonaws.com"}};
  RequestView request{"GET", "/photos/puppy.jpg", query, headers};
  auto claim = read_presigned_v2(query);
  REQUIRE(claim);
  CHECK(string_to_sign_v2(*claim, request, "/johnsmith/photos/puppy.jpg") == "GET\n\n\n1175139620\n/johnsmith/photos/puppy.jpg");
  std::string secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  Clocks before{1175139000000, 1175139000000}, after{1175139700000, 1175139700000};
  CHECK(check_presigned_v2(*claim, request, "/johnsmith/photos/puppy.jpg", secret, before));
  auto late = check_presigned_v2(*claim, request, "/johnsmith/photos/puppy.jpg", secret, after);
  REQUIRE_FALSE(late);
  CHECK(late.error().message == "Request has expired");
  auto other = check_presigned_v2(*claim, request, "/johnsmith/photos/kitten.jpg", secret, before);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == "SignatureDoesNotMatch");
  CHECK_FALSE(read_presigned_v2("X-Amz-Algorithm=AWS4-HMAC-SHA256"));
}
