// The test server: the product's command line with the services of this folder added, and the program that they run in sandboxes.
#include <string_view>

#include "admin/cli.h"
#include "waiter/child.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "waiter-child") return fogbank::waiter::child_main(argc, argv);
  return fogbank::admin::run_command_line(argc, argv);
}
