#include "admin/cli.h"

int main(int argc, char** argv) { return fogbank::admin::run_command_line(argc, argv); }
