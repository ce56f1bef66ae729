/* empty.c: a program that does nothing. What it takes, all programs take. */
int main(void)
{
	return 0;
}
