#include <doctest/doctest.h>

#include <future>

#include "http/outbound_guard.h"

using namespace fogbank;
using namespace fogbank::http;

TEST_CASE("own_ports_are_refused_on_every_address_of_this_machine") {
  Guard guard = refuse_own_ports({4566, 4567});
  for (const char* own : {"127.0.0.1", "127.3.2.1", "::1", "0.0.0.0", "::", "not an address"}) {
    CHECK_FALSE(guard(own, 4566));
    CHECK_FALSE(guard(own, 4567));
    CHECK(guard(own, 80));
  }
  CHECK(guard("192.0.2.1", 4566));
  CHECK(guard("2001:db8::1", 4566));
}

TEST_CASE("a_call_to_an_own_port_is_refused_whatever_its_name") {
  auto client = make_client({});
  REQUIRE(client);
  for (const char* url : {"http://localhost:4566/", "http://127.0.0.1:4566/_fogbank/status", "http://[::1]:4566/", "http://[::ffff:127.0.0.1]:4566/"}) {
    ClientRequest request;
    request.url = url;
    request.guard = refuse_own_ports({4566});
    std::promise<Result<ClientResponse>> answer;
    (*client)->send(request, [&](Result<ClientResponse> r) { answer.set_value(std::move(r)); });
    auto result = answer.get_future().get();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == "Refused");
  }
}
